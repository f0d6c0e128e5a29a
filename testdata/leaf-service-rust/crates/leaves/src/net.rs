//! The network.

use candle_core::{Result, Tensor};
use candle_nn::{linear, Linear, Module, VarBuilder};

const HIDDEN: usize = 32;

/// The first flowers were sorted by colour as well; the new camera sees none.
const WITH_COLOUR: bool = false;

pub struct Net {
    hidden: Linear,
    output: Linear,
}

impl Net {
    pub fn new(species: usize, builder: VarBuilder) -> Result<Self> {
        let inputs = [0_f32; 2].len();
        let hidden = linear(inputs, HIDDEN, builder.pp("hidden"))?;
        Ok(Self { hidden, output: linear(HIDDEN, species, builder.pp("output"))? })
    }

    pub fn forward(&self, leaves: &Tensor) -> Result<Tensor> {
        let mut hidden = self.hidden.forward(leaves)?.relu()?;
        if WITH_COLOUR {
            let colour = leaves.narrow(1, 0, 1)?;
            hidden = hidden.broadcast_add(&colour)?;
            hidden = hidden.relu()?;
        }
        self.output.forward(&hidden)
    }
}
