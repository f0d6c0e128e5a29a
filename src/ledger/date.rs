//! Days of the calendar, as the ledger names them.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer};
use toml::value::Datetime;

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: i64,
    month: u8,
    day: u8,
}

impl Date {
    /// Today in UTC; SOURCE_DATE_EPOCH stands in for the clock.
    pub fn today() -> Self {
        let said = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse().ok());
        let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
        let seconds: u64 = said.unwrap_or_else(clock);
        Self::of_number(i64::try_from(seconds / 86_400).unwrap_or(0))
    }

    /// The day of a moment, in seconds since 1970.
    pub fn of_seconds(seconds: i64) -> Self {
        Self::of_number(seconds.div_euclid(86_400))
    }

    /// The moment at which it begins, in seconds since 1970.
    pub fn seconds(self) -> i64 {
        self.number() * 86_400
    }

    /// The day written `2026-09-01`.
    ///
    /// # Errors
    /// If the text is no day of the calendar.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no day; write it like 2026-09-01");
        let stamp: Datetime = text.parse().map_err(|_| wrong())?;
        Self::of_stamp(stamp).ok_or_else(wrong)
    }

    /// The day so many days later.
    pub fn after(self, days: u32) -> Self {
        Self::of_number(self.number() + i64::from(days))
    }

    /// How many days lie between it and a later day; negative if that is earlier.
    pub fn until(self, later: Self) -> i64 {
        later.number() - self.number()
    }

    fn of_stamp(stamp: Datetime) -> Option<Self> {
        let date = stamp.date.filter(|_| stamp.time.is_none())?;
        let day = Self { year: i64::from(date.year), month: date.month, day: date.day };
        (Self::of_number(day.number()) == day).then_some(day)
    }

    /// Days since 1970; a year begins in March here, so that the leap day is its last.
    fn number(self) -> i64 {
        let year = if self.month > 2 { self.year } else { self.year - 1 };
        let month = (i64::from(self.month) + 9) % 12;
        let of_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        let of_era = year.rem_euclid(400);
        year.div_euclid(400) * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    fn of_number(number: i64) -> Self {
        let days = number + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let small = |n: i64| u8::try_from(n).unwrap_or(1);
        Self { year: year + era * 400 + i64::from(month <= 2), month: small(month), day: small(day) }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stamp = Datetime::deserialize(deserializer)?;
        Self::of_stamp(stamp).ok_or_else(|| serde::de::Error::custom("a day like 2026-09-01 is wanted"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Date;

    #[test]
    fn days_are_counted_over_leap_years() {
        let day = |text| Date::parse(text).unwrap();
        assert_eq!(day("1970-01-01").number(), 0);
        assert_eq!(day("2024-02-28").after(2), day("2024-03-01"));
        assert_eq!(day("2026-11-25").after(180).to_string(), "2027-05-24");
        assert_eq!(day("2026-12-31").until(day("2027-01-02")), 2);
        assert!(day("2026-09-01") < day("2026-10-01"));
        for wrong in ["2026-02-30", "2026-13-01", "tomorrow", "2026-01-01T00:00:00Z"] {
            assert!(Date::parse(wrong).is_err(), "{wrong}");
        }
    }
}
