//! What a running question has used of its limits.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use super::{Limits, QuestionError};

/// Shared by everything that works on one question.
#[derive(Debug, Clone)]
pub(super) struct Budget(Arc<Used>);

#[derive(Debug)]
struct Used {
    limits: Limits,
    begun: Instant,
    memory: AtomicUsize,
}

impl Budget {
    pub(super) fn new(limits: &Limits) -> Self {
        Self(Arc::new(Used {
            limits: limits.clone(),
            begun: Instant::now(),
            memory: AtomicUsize::new(0),
        }))
    }

    /// Whether the question may go on. To be asked every few thousand rows.
    pub(super) fn check(&self) -> Result<(), QuestionError> {
        let Used { limits, begun, .. } = &*self.0;
        if limits.cancel.is_cancelled() {
            return Err(QuestionError::Cancelled);
        }
        if begun.elapsed() >= limits.time {
            return Err(QuestionError::Time(limits.time.as_secs()));
        }
        Ok(())
    }

    /// For memory that grows with the data.
    pub(super) fn take(&self, bytes: usize) -> Result<(), QuestionError> {
        let before = self.0.memory.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > self.0.limits.memory_bytes {
            return Err(QuestionError::Memory);
        }
        Ok(())
    }

    pub(super) fn give_back(&self, bytes: usize) {
        self.0.memory.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// A part of the memory that is given back when it is dropped.
    pub(super) fn share(&self, bytes: usize) -> Result<Share, QuestionError> {
        let mut share = Share {
            budget: self.clone(),
            bytes: 0,
        };
        share.set(bytes)?;
        Ok(share)
    }
}

#[derive(Debug)]
pub(super) struct Share {
    budget: Budget,
    bytes: usize,
}

impl Share {
    /// Tells how much is used now.
    pub(super) fn set(&mut self, bytes: usize) -> Result<(), QuestionError> {
        let before = std::mem::replace(&mut self.bytes, bytes);
        if bytes > before {
            self.budget.take(bytes - before)
        } else {
            self.budget.give_back(before - bytes);
            Ok(())
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn memory_that_is_given_back_can_be_taken_again() {
        let budget = Budget::new(&Limits {
            memory_bytes: 100,
            ..Limits::default()
        });
        let mut share = budget.share(60).unwrap();
        assert!(matches!(budget.share(41), Err(QuestionError::Memory)));
        share.set(10).unwrap();
        let other = budget.share(90).unwrap();
        assert!(matches!(share.set(11), Err(QuestionError::Memory)));
        drop(other);
        drop(share);
        budget.take(100).unwrap();
        assert!(matches!(budget.take(1), Err(QuestionError::Memory)));
    }

    #[test]
    fn a_question_ends_when_its_time_is_over_or_its_asker_is_gone() {
        let over = Limits {
            time: Duration::ZERO,
            ..Limits::default()
        };
        assert!(matches!(Budget::new(&over).check(), Err(QuestionError::Time(0))));

        let limits = Limits::default();
        let budget = Budget::new(&limits);
        budget.check().unwrap();
        limits.cancel.cancel();
        assert!(matches!(budget.check(), Err(QuestionError::Cancelled)));
    }
}
