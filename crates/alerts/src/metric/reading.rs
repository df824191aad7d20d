/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    Value(f64),
    /// Of a window of which a part was not seen, as when the server was down: the value may be too small.
    AtLeast(f64),
    /// Nothing that could be compared: the rule stays as it is.
    Nothing,
}

impl Reading {
    pub fn value(self) -> Option<f64> {
        match self {
            Self::Value(value) | Self::AtLeast(value) => Some(value),
            Self::Nothing => None,
        }
    }
}
