//! What both kinds of profile hold: samples that point to stacks that point to frames.

use std::{collections::HashSet, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, SeqAccess, Visitor},
};
use serde_json::Value;

use super::{Invalid, reason};
use crate::event::Object;

const MAX_SAMPLES: usize = 1_000_000;
const MAX_STACKS: usize = 500_000;
const MAX_STACK_DEPTH: usize = 10_000;
/// Each is an object of a few hundred bytes in memory, however short it is in JSON.
const MAX_FRAMES: usize = 200_000;

/// Addresses of Apple's ARM processors carry a signature in their upper bits.
const ADDRESS_MASK: u64 = 0x000f_ffff_ffff;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Samples<S> {
    #[serde(
        bound(deserialize = "S: Deserialize<'de>"),
        deserialize_with = "at_most::<_, S, MAX_SAMPLES>"
    )]
    pub(super) samples: Vec<S>,
    #[serde(deserialize_with = "stacks")]
    pub(super) stacks: Vec<Vec<u32>>,
    #[serde(deserialize_with = "at_most::<_, Object, MAX_FRAMES>")]
    pub(super) frames: Vec<Object>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) thread_metadata: Option<Object>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) queue_metadata: Option<Object>,
}

pub(super) trait Sample {
    fn stack(&self) -> usize;
    fn thread(&self) -> &str;
    /// The queue of Apple's dispatcher that ran.
    fn queue(&self) -> Option<&str> {
        None
    }
}

impl<S: Sample> Samples<S> {
    /// Checks that all that is pointed to is there.
    pub(super) fn check_indices(&self) -> Result<(), Invalid> {
        if self.samples.iter().any(|sample| sample.stack() >= self.stacks.len()) {
            return Err(Invalid::new(
                reason::MALFORMED_SAMPLES,
                "a sample names a stack that is not there",
            ));
        }
        let frames = u32::try_from(self.frames.len()).unwrap_or(u32::MAX);
        if self.stacks.iter().flatten().any(|frame| *frame >= frames) {
            return Err(Invalid::new(
                reason::MALFORMED_STACKS,
                "a stack names a frame that is not there",
            ));
        }
        Ok(())
    }

    /// Leaves out the samples of a thread before it did anything and after it was done.
    pub(super) fn drop_idle_ends(&mut self) {
        let stacks = &self.stacks;
        let is_idle = |sample: &S| stacks.get(sample.stack()).is_none_or(Vec::is_empty);
        let mut active = std::collections::HashMap::<&str, (usize, usize)>::new();
        for (index, sample) in self.samples.iter().enumerate().filter(|(_, sample)| !is_idle(sample)) {
            active.entry(sample.thread()).or_insert((index, index)).1 = index;
        }
        let kept: Vec<bool> = self
            .samples
            .iter()
            .enumerate()
            .map(|(index, sample)| {
                active
                    .get(sample.thread())
                    .is_some_and(|(first, last)| (first..=last).contains(&&index))
            })
            .collect();
        let mut kept = kept.into_iter();
        self.samples.retain(|_| kept.next().unwrap_or(false));
    }

    /// One sample of a thread says nothing about how long anything took.
    pub(super) fn drop_single_samples(&mut self) {
        let mut seen = HashSet::new();
        let mut again = HashSet::new();
        for sample in &self.samples {
            if !seen.insert(sample.thread()) {
                again.insert(sample.thread().to_owned());
            }
        }
        self.samples.retain(|sample| again.contains(sample.thread()));
    }

    /// Leaves out the names of threads and queues that no sample is of.
    pub(super) fn drop_unreferenced(&mut self) {
        let threads: HashSet<&str> = self.samples.iter().map(Sample::thread).collect();
        if let Some(metadata) = &mut self.thread_metadata {
            metadata.retain(|thread, _| threads.contains(thread.as_str()));
        }
        let queues: HashSet<&str> = self.samples.iter().filter_map(Sample::queue).collect();
        if let Some(metadata) = &mut self.queue_metadata {
            metadata.retain(|queue, _| queues.contains(queue.as_str()));
        }
    }

    pub(super) fn mask_addresses(&mut self) {
        for frame in &mut self.frames {
            for key in ["instruction_addr", "sym_addr"] {
                let Some(Value::String(address)) = frame.get_mut(key) else {
                    continue;
                };
                let digits = address.strip_prefix("0x").unwrap_or(address);
                if let Ok(number) = u64::from_str_radix(digits, 16) {
                    *address = format!("{:#x}", number & ADDRESS_MASK);
                }
            }
        }
    }
}

/// A list of so many elements at most.
pub(super) fn at_most<'de, D: Deserializer<'de>, T: Deserialize<'de>, const MAX: usize>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    struct List<T, const MAX: usize>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for List<T, MAX> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {MAX} elements")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while let Some(element) = access.next_element()? {
                if list.len() == MAX {
                    return Err(de::Error::invalid_length(MAX + 1, &self));
                }
                list.push(element);
            }
            Ok(list)
        }
    }
    deserializer.deserialize_seq(List::<T, MAX>(PhantomData))
}

fn stacks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<u32>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Stack(#[serde(deserialize_with = "at_most::<_, u32, MAX_STACK_DEPTH>")] Vec<u32>);
    let stacks = at_most::<_, Stack, MAX_STACKS>(deserializer)?;
    Ok(stacks.into_iter().map(|Stack(stack)| stack).collect())
}

/// A number that is written as one or as its digits.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    struct Number;
    impl Visitor<'_> for Number {
        type Value = u64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number that is not negative")
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<u64, E> {
            Ok(number)
        }

        fn visit_f64<E: de::Error>(self, number: f64) -> Result<u64, E> {
            if (0.0..1.8e19).contains(&number) {
                Ok(number as u64)
            } else {
                Err(E::custom("not a number of nanoseconds"))
            }
        }

        fn visit_str<E: de::Error>(self, digits: &str) -> Result<u64, E> {
            digits.parse().map_err(E::custom)
        }
    }
    deserializer.deserialize_any(Number)
}

/// The id of a thread: digits in most profilers, a number in some.
pub(super) fn thread_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    struct Id;
    impl Visitor<'_> for Id {
        type Value = String;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the id of a thread")
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<String, E> {
            Ok(number.to_string())
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<String, E> {
            Ok(number.to_string())
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
            if text.len() > 64 {
                Err(E::custom("too long"))
            } else {
                Ok(text.to_owned())
            }
        }
    }
    deserializer.deserialize_any(Id)
}
