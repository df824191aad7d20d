//! How much of each shard of deliveries a worker takes at once.
//!
//! Of a slow receiver it holds no more jobs than run at once, so that it does not fill the worker; of a fast one it holds
//! more and more beforehand, because each taking is a transaction.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::sync::Semaphore;

/// Jobs of deliveries that one worker holds at most.
pub(super) const HELD: usize = 512;

/// How many times as many jobs as run at once are held of a fast receiver.
const BEFOREHAND: usize = 32;

/// What ends sooner is fast.
const FAST: Duration = Duration::from_millis(100);

#[derive(Debug)]
struct Room {
    at_once: usize,
    held: usize,
    window: usize,
    places: Arc<Semaphore>,
}

#[derive(Debug, Default)]
pub(super) struct Rooms {
    shards: HashMap<String, Room>,
    held: usize,
}

impl Rooms {
    /// How many more jobs may be held in all.
    pub(super) fn free(&self) -> usize {
        HELD.saturating_sub(self.held)
    }

    /// How many more jobs of a shard may be held. From half of all on it is a single one, so that many slow receivers
    /// leave room for others.
    pub(super) fn free_of(&self, shard: &str) -> usize {
        let most = if self.held < HELD / 2 { HELD } else { 1 };
        let free = match self.shards.get(shard) {
            Some(room) => room.window.min(most).saturating_sub(room.held),
            // Whoever takes them knows how many run at once, and takes fewer.
            None => most,
        };
        free.min(self.free())
    }

    /// How many jobs of a shard of this kind of jobs are taken when nothing is known of it yet.
    pub(super) fn first_of(&self, shard: &str, at_once: usize) -> usize {
        if self.shards.contains_key(shard) { HELD } else { at_once }
    }

    /// Notes that a job is held; it runs when it has one of these places.
    pub(super) fn take(&mut self, shard: &str, at_once: usize) -> Arc<Semaphore> {
        self.held += 1;
        let room = self.shards.entry(shard.to_owned()).or_insert_with(|| Room {
            at_once,
            held: 0,
            window: at_once,
            places: Arc::new(Semaphore::new(at_once)),
        });
        room.held += 1;
        Arc::clone(&room.places)
    }

    /// Notes that a job is not held any more, and how long it ran.
    pub(super) fn give_back(&mut self, shard: &str, took: Duration) {
        self.held = self.held.saturating_sub(1);
        if let Some(room) = self.shards.get_mut(shard) {
            room.held = room.held.saturating_sub(1);
            room.window = if took < FAST {
                (room.window + 1).min(room.at_once * BEFOREHAND)
            } else {
                room.at_once
            };
        }
    }

    /// Forgets shards of which nothing is due and nothing is held.
    pub(super) fn keep(&mut self, due: &[String]) {
        self.shards
            .retain(|shard, room| room.held > 0 || due.iter().any(|due| due == shard));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_receiver_is_given_more_and_a_slow_one_is_not() {
        let mut rooms = Rooms::default();
        let mut taken = 0;
        for _ in 0..10 {
            let free = rooms.free_of("fast").min(rooms.first_of("fast", 4));
            taken = free;
            for _ in 0..free {
                rooms.take("fast", 4);
            }
            for _ in 0..free {
                rooms.give_back("fast", Duration::from_millis(1));
            }
            rooms.keep(&["fast".to_owned()]);
        }
        assert_eq!(taken, 4 * BEFOREHAND);
        for _ in 0..4 {
            rooms.take("slow", 4);
        }
        rooms.give_back("slow", Duration::from_secs(3));
        assert_eq!(rooms.free_of("slow"), 1);
        rooms.take("fast", 4);
        rooms.give_back("fast", Duration::from_secs(3));
        assert_eq!(rooms.free_of("fast"), 4);
    }

    #[test]
    fn many_slow_receivers_leave_room_for_others() {
        let mut rooms = Rooms::default();
        for receiver in 0..200 {
            let shard = format!("dead{receiver}");
            for _ in 0..rooms.free_of(&shard).min(rooms.first_of(&shard, 4)) {
                rooms.take(&shard, 4);
            }
        }
        assert_eq!(rooms.free(), HELD - 64 * 4 - 136);
        rooms.keep(&[]);
        assert_eq!(rooms.shards.len(), 200, "what is held is not forgotten");
    }
}
