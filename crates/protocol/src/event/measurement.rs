//! Numbers that SDKs measured: web vitals, frames, what a program likes.

use std::ops::{Deref, DerefMut};

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use super::{
    Object,
    decode::{Decode, Decoder, Field, decode_object, schema},
};

schema! {
    pub struct Measurement {
        value "value" Option<f64>, pii false;
        unit "unit" Option<String>, pii false;
    }
}
decode_object!(Measurement);

impl Measurement {
    pub fn new(value: f64, unit: &str) -> Self {
        Self {
            value: Some(value),
            unit: Some(unit.to_owned()),
            ..Self::default()
        }
    }
}

impl Decode for f64 {
    fn decode(value: Value, cx: &mut Decoder) -> Option<Self> {
        let number = value.as_f64().filter(|number| number.is_finite());
        if number.is_none() {
            cx.invalid(value, "expected a finite floating point number");
        }
        number
    }

    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}

/// Structures by name, in order: an object in JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Named<T>(pub Vec<(String, T)>);

pub type Measurements = Named<Measurement>;

/// Time by kind of operation, by the name of the breakdown.
pub type Breakdowns = Named<Measurements>;

impl<T> Named<T> {
    pub fn named(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    pub fn set(&mut self, name: &str, value: T) {
        match self.0.iter_mut().find(|(key, _)| key == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }
}

impl Measurements {
    pub fn value(&self, name: &str) -> Option<f64> {
        self.named(name)?.value
    }
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for Named<T> {
    type Target = Vec<(String, T)>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T> DerefMut for Named<T> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<T: Decode + Serialize> Field for Named<T> {
    fn decode(value: Value, cx: &mut Decoder) -> Self {
        let map = <Object as Field>::decode(value, cx);
        let named = map.into_iter().filter_map(|(name, value)| {
            let value = cx.with_key(&name, value, Option::<T>::decode)?;
            Some((name, value))
        });
        Self(named.collect())
    }

    fn is_absent(&self) -> bool {
        self.0.is_empty()
    }

    fn encode<M: SerializeMap>(&self, key: &'static str, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(key, self)
    }
}

impl<T: Decode + Serialize> Decode for Named<T> {
    fn decode(value: Value, cx: &mut Decoder) -> Option<Self> {
        Some(<Self as Field>::decode(value, cx))
    }

    fn encode<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}
