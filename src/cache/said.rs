//! What a file says, apart from where in it: two texts that differ in comments and layout alone say the same.
//!
//! Facts are hashed with every offset replaced by its rank among the offsets of the file. No derivation measures the
//! distance of two offsets (a test of the house sees to that), so that the same ranks make the same system.

use serde::ser::{self, Serialize};

use super::Hash;
use crate::fact::Facts;

/// Offsets beyond this are hashed as they are.
const FAR: u32 = 1 << 28;

/// What a file's facts say, as a hash.
pub fn said(facts: &Facts) -> Hash {
    let mut words = words(facts);
    match Ranks::new(&words.offsets) {
        Some(ranks) => words.offsets.iter().for_each(|o| words.bytes.extend(ranks.before(*o).to_le_bytes())),
        None => words.offsets.iter().for_each(|o| words.bytes.extend(o.to_le_bytes())),
    }
    Hash::of(&words.bytes)
}

/// The ranks of the offsets that a file's facts name.
pub fn ranks(facts: &Facts) -> Option<Ranks> {
    Ranks::new(&words(facts).offsets)
}

fn words(facts: &Facts) -> Words {
    // Nought stands for "somewhere in the file".
    let mut words = Words { offsets: vec![0], ..Words::default() };
    // Nothing in facts can fail to be written.
    let _ = facts.serialize(&mut words);
    words
}

/// A set of offsets that knows the rank of each.
#[derive(Clone, Debug)]
pub struct Ranks {
    bits: Vec<u64>,
    /// How many offsets lie before each word of bits.
    before: Vec<u32>,
}

impl Ranks {
    fn new(offsets: &[u32]) -> Option<Self> {
        let last = offsets.iter().max().copied().filter(|last| *last < FAR)?;
        let mut bits = vec![0_u64; last as usize / 64 + 1];
        for offset in offsets {
            bits[*offset as usize / 64] |= 1 << (offset % 64);
        }
        let mut before = Vec::with_capacity(bits.len());
        bits.iter().fold(0, |count, word| {
            before.push(count);
            count + word.count_ones()
        });
        Some(Self { bits, before })
    }

    /// How many of the offsets lie before one.
    fn before(&self, offset: u32) -> u32 {
        let at = offset as usize / 64;
        let (Some(word), Some(before)) = (self.bits.get(at), self.before.get(at)) else { return 0 };
        before + (word & ((1 << (offset % 64)) - 1)).count_ones()
    }

    /// The rank of an offset; none if it is none of them.
    pub fn of(&self, offset: u32) -> Option<u32> {
        let word = self.bits.get(offset as usize / 64)?;
        (word >> (offset % 64) & 1 == 1).then(|| self.before(offset))
    }

    /// All offsets, by rank.
    pub fn offsets(&self) -> Vec<u32> {
        let words = (0_u32..).zip(&self.bits);
        words
            .flat_map(|(at, word)| (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit))
            .collect()
    }
}

/// Facts as bytes of their own, and the offsets apart.
#[derive(Default)]
struct Words {
    bytes: Vec<u8>,
    offsets: Vec<u32>,
    /// The number that comes is an offset.
    is_offset: bool,
}

impl Words {
    fn length(&mut self, length: Option<usize>) -> &mut Self {
        self.bytes.extend((length.unwrap_or(usize::MAX) as u64).to_le_bytes());
        self
    }

    fn variant(&mut self, number: u32) -> &mut Self {
        self.bytes.extend(number.to_le_bytes());
        self
    }
}

/// Never: every fact can be written.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Never(String);

impl ser::Error for Never {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// Writes numbers as their bytes.
macro_rules! numbers {
    ($($name:ident: $type:ty,)+) => {
        $(fn $name(self, value: $type) -> Result<(), Never> {
            self.bytes.extend(value.to_le_bytes());
            Ok(())
        })+
    };
}

impl<'a> ser::Serializer for &'a mut Words {
    type Ok = ();
    type Error = Never;
    type SerializeSeq = Parts<'a>;
    type SerializeTuple = Parts<'a>;
    type SerializeTupleStruct = Parts<'a>;
    type SerializeTupleVariant = Parts<'a>;
    type SerializeMap = Parts<'a>;
    type SerializeStruct = Parts<'a>;
    type SerializeStructVariant = Parts<'a>;

    numbers! {
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u64: u64,
        serialize_f32: f32,
        serialize_f64: f64,
    }

    fn serialize_u32(self, value: u32) -> Result<(), Never> {
        if self.is_offset {
            self.offsets.push(value);
        } else {
            self.bytes.extend(value.to_le_bytes());
        }
        Ok(())
    }

    fn serialize_bool(self, value: bool) -> Result<(), Never> {
        self.serialize_u8(u8::from(value))
    }

    fn serialize_char(self, value: char) -> Result<(), Never> {
        self.bytes.extend(u32::from(value).to_le_bytes());
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), Never> {
        self.serialize_bytes(value.as_bytes())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Never> {
        self.length(Some(value.len())).bytes.extend(value);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Never> {
        self.serialize_u8(0)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Never> {
        self.bytes.push(1);
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Never> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Never> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, number: u32, _: &'static str) -> Result<(), Never> {
        self.variant(number);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Never> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        number: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Never> {
        value.serialize(self.variant(number))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Parts<'a>, Never> {
        Ok(Parts { words: self.length(length), of: Of::Any })
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<'a>, Never> {
        Ok(Parts { words: self, of: Of::Any })
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts<'a>, Never> {
        Ok(Parts { words: self, of: Of::Any })
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        number: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Parts<'a>, Never> {
        Ok(Parts { words: self.variant(number), of: Of::Any })
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Parts<'a>, Never> {
        Ok(Parts { words: self.length(length), of: Of::Any })
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Parts<'a>, Never> {
        let of = match name {
            "Span" => Of::Span,
            "Facts" => Of::Facts,
            _ => Of::Any,
        };
        Ok(Parts { words: self, of })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        number: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Parts<'a>, Never> {
        Ok(Parts { words: self.variant(number), of: Of::Any })
    }
}

/// What the parts are of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Span,
    Facts,
    Any,
}

/// The parts of a whole, one after the other.
struct Parts<'a> {
    words: &'a mut Words,
    of: Of,
}

/// What the system never hears of, but the ledger and the summary do: see [`crate::fact::Remarks`].
const UNHEARD: [&str; 2] = ["notes", "lines"];

impl ser::SerializeStruct for Parts<'_> {
    type Ok = ();
    type Error = Never;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Never> {
        if self.of == Of::Facts && UNHEARD.contains(&key) {
            return Ok(());
        }
        self.words.is_offset = self.of == Of::Span;
        let written = value.serialize(&mut *self.words);
        self.words.is_offset = false;
        written
    }

    fn end(self) -> Result<(), Never> {
        Ok(())
    }
}

/// The parts are written one after the other.
macro_rules! parts {
    ($($trait:ident: $($method:ident)+,)+) => {
        $(impl ser::$trait for Parts<'_> {
            type Ok = ();
            type Error = Never;

            $(fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Never> {
                value.serialize(&mut *self.words)
            })+

            fn end(self) -> Result<(), Never> {
                Ok(())
            }
        })+
    };
}

parts! {
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field,
    SerializeMap: serialize_key serialize_value,
}

impl ser::SerializeStructVariant for Parts<'_> {
    type Ok = ();
    type Error = Never;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, _: &'static str, value: &T) -> Result<(), Never> {
        value.serialize(&mut *self.words)
    }

    fn end(self) -> Result<(), Never> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn facts(text: &str) -> Facts {
        crate::read::python::read(text)
    }

    #[test]
    fn comments_and_layout_say_nothing() {
        let plain = said(&facts("#\na = f(1)\nb = a.c\n"));
        for same in ["# why\n\na  =  f( 1 )  # so\n\n\nb = a.c\n", "\na = f(\n    1\n)\nb = a . c\n"] {
            assert_eq!(said(&facts(same)), plain, "{same}");
        }
        for other in ["#\na = f(2)\nb = a.c\n", "#\na = f(1)\nb = a.d\n", "#\nb = a.c\na = f(1)\n", "#\na = f(1)\n"] {
            assert_ne!(said(&facts(other)), plain, "{other}");
        }
    }

    #[test]
    fn an_ignore_comment_is_none_of_the_systems_business() {
        assert_eq!(said(&facts("a = f(1)  # mldebt: ignore[x] y\n")), said(&facts("a = f(1)\n")));
    }

    #[test]
    fn ranks_find_the_way_back() {
        let offsets = [0, 3, 63, 64, 65, 500];
        let ranks = Ranks::new(&offsets).unwrap();
        assert_eq!(ranks.offsets(), offsets);
        for (rank, offset) in (0..).zip(offsets) {
            assert_eq!((ranks.of(offset), ranks.of(offset + 200)), (Some(rank), None));
        }
    }
}
