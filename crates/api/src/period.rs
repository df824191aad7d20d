//! The time that a request asks about: `statsPeriod`, or `start` and `end`.

use std::time::Duration;

use httpkit::ApiError;
use model::Timestamp;

use crate::parameters::Parameters;

/// A stretch of time; an end that was not given is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Period {
    pub(crate) since: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
}

impl Period {
    pub(crate) fn read(parameters: &Parameters, now: Timestamp) -> Result<Self, ApiError> {
        if let Some(text) = parameters.filled("statsPeriod") {
            let period = duration(text).ok_or_else(|| {
                ApiError::bad_request(format_args!(
                    "Invalid statsPeriod: {text:?} is no number followed by s, m, h, d or w."
                ))
            })?;
            return Ok(Self {
                since: Some(now - period),
                until: None,
            });
        }
        match (parameters.filled("start"), parameters.filled("end")) {
            (None, None) => Ok(Self::default()),
            (Some(start), Some(end)) => Self::between(time("start", start)?, time("end", end)?),
            _ => Err(ApiError::bad_request("Give both start and end, or neither.")),
        }
    }

    fn between(since: Timestamp, until: Timestamp) -> Result<Self, ApiError> {
        if since >= until {
            return Err(ApiError::bad_request("The start must lie before the end."));
        }
        Ok(Self {
            since: Some(since),
            until: Some(until),
        })
    }
}

/// Longer than anybody keeps events, and short enough to reckon with.
pub(crate) const LONGEST: Duration = Duration::from_secs(100 * 366 * 24 * 3600);

/// As `14d` or `30m`; seconds when no unit is named.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 24 * 3600,
        "w" => 7 * 24 * 3600,
        _ => return None,
    };
    // A plus sign would parse as well.
    let number = digits
        .parse::<u32>()
        .ok()
        .filter(|_| digits.starts_with(|c: char| c.is_ascii_digit()))?;
    Some(Duration::from_secs(u64::from(number) * unit)).filter(|duration| *duration <= LONGEST)
}

fn time(name: &str, text: &str) -> Result<Timestamp, ApiError> {
    // Seconds since 1970 are told apart by having no other signs.
    if let Ok(seconds) = text.parse() {
        return Ok(Timestamp::from_seconds(seconds));
    }
    text.parse().map_err(|_| {
        ApiError::bad_request(format_args!(
            "Invalid {name}: {text:?} is no time, expected one as 2026-11-01T10:20:30."
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        for (text, seconds) in [
            ("90", 90),
            ("90s", 90),
            ("5m", 300),
            ("24h", 86_400),
            ("14d", 1_209_600),
            ("1w", 604_800),
        ] {
            assert_eq!(duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for bad in [
            "",
            "d",
            "14x",
            "-1d",
            "+1d",
            "1dd",
            "1 d",
            "99999999999d",
            "36601d",
            "１d",
            "1.5h",
        ] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }
}
