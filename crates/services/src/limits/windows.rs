use std::{collections::HashMap, hash::Hash, time::Duration};

use model::Timestamp;

/// Fixed windows, counted by key.
#[derive(Debug)]
pub(super) struct Windows<K>(HashMap<K, Counter>);

#[derive(Debug, Clone, Copy)]
pub(super) struct Counter {
    end: Timestamp,
    pub(super) count: u32,
    /// What has begun and not ended.
    pub(super) running: u32,
}

impl<K> Default for Windows<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

/// When the window ends that `now` is in. Windows begin at whole multiples of their length.
pub(super) fn end(now: Timestamp, window: Duration) -> Timestamp {
    let length = i64::try_from(window.as_micros()).unwrap_or(i64::MAX).max(1);
    Timestamp((now.0 - now.0.rem_euclid(length)).saturating_add(length))
}

impl<K: Hash + Eq> Windows<K> {
    /// The counter of a key in the window of now; none when there is no room for another key.
    pub(super) fn counter(&mut self, key: K, now: Timestamp, window: Duration, most: usize) -> Option<&mut Counter> {
        if self.0.len() >= most && !self.0.contains_key(&key) {
            self.0.retain(|_, counter| now < counter.end || counter.running > 0);
            if self.0.len() >= most {
                return None;
            }
        }
        let end = end(now, window);
        let fresh = Counter {
            end,
            count: 0,
            running: 0,
        };
        let counter = self.0.entry(key).or_insert(fresh);
        if counter.end != end {
            (counter.end, counter.count) = (end, 0);
        }
        Some(counter)
    }

    pub(super) fn ended(&mut self, key: &K) {
        if let Some(counter) = self.0.get_mut(key) {
            counter.running = counter.running.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const NOW: Timestamp = Timestamp(1_800_000_000_250_000);

    #[test]
    fn a_window_ends_at_a_whole_multiple_of_its_length() {
        assert_eq!(end(NOW, SECOND), Timestamp(1_800_000_001_000_000));
        assert_eq!(
            end(Timestamp(1_800_000_000_000_000), SECOND),
            Timestamp(1_800_000_001_000_000)
        );
    }

    #[test]
    fn counts_begin_anew_with_the_window_and_keys_are_bounded() {
        let mut windows = Windows::default();
        windows.counter(1, NOW, SECOND, 2).unwrap().count = 5;
        assert_eq!(windows.counter(1, NOW, SECOND, 2).unwrap().count, 5);
        windows.counter(2, NOW, SECOND, 2).unwrap().running = 1;
        assert!(windows.counter(3, NOW, SECOND, 2).is_none());
        // The first is over, the second one still runs.
        let later = NOW + SECOND;
        assert_eq!(windows.counter(3, later, SECOND, 2).unwrap().count, 0);
        assert!(windows.counter(1, later, SECOND, 2).is_none());
        windows.ended(&2);
        assert_eq!(windows.counter(1, later, SECOND, 2).unwrap().count, 0);
    }
}
