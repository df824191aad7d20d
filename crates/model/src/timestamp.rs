use std::{fmt, ops, str::FromStr, time::Duration};

/// A point in time: whole microseconds since 1970-01-01T00:00:00Z, the unit of every time column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    pub fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    pub fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Whole milliseconds since 1970, rounded down.
    pub fn millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// How long ago `earlier` was; zero when it lies in the future.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The start of the bucket of `width` that this point lies in.
    pub fn truncate(self, width: Duration) -> Self {
        let width = micros(width).max(1);
        Self(self.0.div_euclid(width) * width)
    }

    /// RFC 3339 in UTC with as many decimals as the API of Sentry gives: none or six, then `Z`.
    pub(crate) fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

impl ops::Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros(duration)))
    }
}

impl ops::Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(micros(duration)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.to_jiff();
        if self.0.rem_euclid(1_000_000) == 0 {
            write!(f, "{time:.0}")
        } else {
            write!(f, "{time:.6}")
        }
    }
}

impl FromStr for Timestamp {
    type Err = jiff::Error;

    /// RFC 3339, or the same without a zone, which then is UTC (as SDKs send it).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse::<jiff::Timestamp>() {
            Ok(time) => Ok(Self(time.as_microsecond())),
            Err(error) => match text.parse::<jiff::civil::DateTime>() {
                Ok(local) => Ok(Self(
                    local.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp().as_microsecond(),
                )),
                Err(_) => Err(error),
            },
        }
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_sdks_send_and_writes_rfc_3339() {
        let check = |input: &str, expected: &str| {
            assert_eq!(input.parse::<Timestamp>().unwrap().to_string(), expected, "{input}");
        };
        check("2026-11-01T10:20:30Z", "2026-11-01T10:20:30Z");
        check("2026-11-01T10:20:30.5Z", "2026-11-01T10:20:30.500000Z");
        check("2026-11-01T10:20:30", "2026-11-01T10:20:30Z");
        check("2026-11-01T12:20:30.123456789+02:00", "2026-11-01T10:20:30.123456Z");
        assert!("yesterday".parse::<Timestamp>().is_err());
    }

    #[test]
    fn truncates_to_the_start_of_the_bucket() {
        let hour = Duration::from_secs(3600);
        assert_eq!(
            Timestamp::from_seconds(7300).truncate(hour),
            Timestamp::from_seconds(7200)
        );
        assert_eq!(
            Timestamp::from_seconds(-1).truncate(hour),
            Timestamp::from_seconds(-3600)
        );
    }
}
