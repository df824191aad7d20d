use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::Timestamp;

/// Where the wall clock is read. Everything takes it as a value, so that tests can move it.
pub trait Clock: fmt::Debug + Send + Sync {
    fn now(&self) -> Timestamp;
}

pub type SharedClock = Arc<dyn Clock>;

/// The wall clock, moved by the whole seconds that stand in the file of `TOCSIN_TEST_CLOCK` when one is named.
#[derive(Debug, Default)]
pub struct SystemClock {
    offset_seconds: AtomicI64,
    offset_file: Option<PathBuf>,
}

impl SystemClock {
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the offset from `file`; call [`Self::reload`] at least twice a second to follow it.
    pub fn with_offset_file(file: &Path) -> Self {
        let clock = Self {
            offset_seconds: AtomicI64::new(0),
            offset_file: Some(file.to_owned()),
        };
        clock.reload();
        clock
    }

    /// Reads the file again. An absent file is an offset of 0; what is no whole number leaves the offset as it was,
    /// so that a reader which meets a half-written file does not jump.
    pub fn reload(&self) {
        let Some(file) = &self.offset_file else { return };
        match std::fs::read_to_string(file) {
            Ok(text) => {
                if let Ok(seconds) = text.trim().parse() {
                    self.offset_seconds.store(seconds, Ordering::Relaxed);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                self.offset_seconds.store(0, Ordering::Relaxed);
            }
            Err(_) => {}
        }
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the system's clock is read"
    )]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let micros = i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX);
        let offset = self.offset_seconds.load(Ordering::Relaxed).saturating_mul(1_000_000);
        Timestamp(micros.saturating_add(offset))
    }
}

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn at(now: Timestamp) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(now.0)))
    }

    pub fn set(&self, now: Timestamp) {
        self.0.store(now.0, Ordering::SeqCst);
    }

    pub fn advance(&self, by: Duration) {
        self.set(self.now() + by);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}
