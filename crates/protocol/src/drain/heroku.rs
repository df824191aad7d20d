//! Heroku's Logplex: lines of syslog (RFC 5424, without structured data), each with its length before it.

use model::Timestamp;

use super::MAX_LINES;
use crate::{
    event::Meta,
    items::{
        Invalid,
        attributes::Attributes,
        container::{IngestSettings, Member, Members, Read, Refused},
        log::{Log, LogLevel},
    },
};

pub fn logs(body: &[u8], received_at: Timestamp) -> Result<Members<Log>, Invalid> {
    let mut members = Members {
        valid: Vec::new(),
        invalid: Vec::new(),
        settings: IngestSettings::default(),
    };
    let mut rest = body;
    while !rest.trim_ascii_start().is_empty() {
        if members.valid.len() + members.invalid.len() == MAX_LINES {
            return Err(Invalid::new("payload", format!("more than {MAX_LINES} logs")));
        }
        let (frame, behind) =
            frame(rest.trim_ascii_start()).ok_or_else(|| Invalid::new("payload", "a line breaks off"))?;
        rest = behind;
        let bytes = u64::try_from(frame.len()).unwrap_or(u64::MAX);
        match log(frame, received_at) {
            Some(item) if bytes <= Log::MAX_BYTES => members.valid.push(Member { item, bytes }),
            _ => members.invalid.push(Refused {
                bytes,
                error: Invalid::new(Log::INVALID, "expected a line of syslog, not too large"),
            }),
        }
    }
    Ok(members)
}

/// `83 <40>1 …`: as many bytes as the number says.
fn frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().take(10).position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(&bytes[..end]).ok()?.parse().ok()?;
    bytes[end + 1..].split_at_checked(length)
}

/// `<40>1 2012-11-30T06:45:29+00:00 host app web.3 - State changed`
fn log(frame: &[u8], received_at: Timestamp) -> Option<Log> {
    let text = String::from_utf8_lossy(frame);
    let (priority, rest) = text.strip_prefix('<')?.split_once('>')?;
    let priority: u64 = priority.parse().ok().filter(|priority| *priority < 192)?;
    let mut fields = rest.splitn(7, ' ');
    let (version, time) = (fields.next()?, fields.next()?);
    if version != "1" {
        return None;
    }
    let mut attributes = Attributes::default();
    for name in ["syslog.hostname", "syslog.appname", "syslog.procid", "syslog.msgid"] {
        match fields.next()? {
            "-" | "" => {}
            value => attributes.set(name, value.replace('\0', "\u{fffd}").into()),
        }
    }
    let severity = priority % 8;
    attributes.set("syslog.facility", (priority / 8).into());
    attributes.set("syslog.severity", severity.into());
    attributes.set("syslog.version", 1.into());
    attributes.set("sentry.origin", "auto.log_drain.heroku".into());
    let message = fields.next().unwrap_or_default();
    Some(Log {
        timestamp: time.parse().unwrap_or(received_at),
        trace_id: None,
        span_id: None,
        level: match severity {
            0..=2 => LogLevel::Fatal,
            3 => LogLevel::Error,
            4 => LogLevel::Warn,
            7 => LogLevel::Debug,
            _ => LogLevel::Info,
        },
        body: message.trim_end().replace('\0', "\u{fffd}"),
        attributes,
        meta: Meta::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_230_000_000_000);

    fn framed(lines: &[&str]) -> String {
        lines.iter().map(|line| format!("{} {line}", line.len())).collect()
    }

    #[test]
    fn lines_of_syslog() {
        let body = framed(&[
            "<40>1 2012-11-30T06:45:29+00:00 host heroku web.3 - State changed from starting to up\n",
            "<187>1 2012-11-30T06:45:26.5+00:00 host app web.1 - Grüße\n",
            "<190>1 - - - - -",
        ]);
        let members = logs(body.as_bytes(), NOW).unwrap();
        let [first, second, third] = &members.valid[..] else {
            panic!("{members:?}")
        };
        assert_eq!(first.item.body, "State changed from starting to up");
        assert_eq!(first.item.timestamp.to_string(), "2012-11-30T06:45:29Z");
        assert_eq!(
            (first.item.level, second.item.level, third.item.level),
            (LogLevel::Fatal, LogLevel::Error, LogLevel::Info)
        );
        assert_eq!(first.item.attributes.text("syslog.procid"), Some("web.3"));
        assert_eq!(first.item.attributes.get("syslog.facility"), Some(&5.into()));
        assert_eq!(
            (
                second.item.body.as_str(),
                third.item.body.as_str(),
                third.item.timestamp
            ),
            ("Grüße", "", NOW)
        );
    }

    #[test]
    fn what_is_no_drain() {
        for bad in ["no frame", "100 <40>1", "x <40>1 a", "99999999999 x"] {
            assert_eq!(logs(bad.as_bytes(), NOW).unwrap_err().reason, "payload", "{bad}");
        }
        for bad in ["<40>2 - - - - - x", "40 x", "<999>1 - - - - - x", "<40>1 -"] {
            let members = logs(framed(&[bad]).as_bytes(), NOW).unwrap();
            assert_eq!((members.valid.len(), members.invalid.len()), (0, 1), "{bad}");
        }
        assert!(logs(b"", NOW).unwrap().valid.is_empty());
        assert!(logs("1 x".repeat(MAX_LINES + 1).as_bytes(), NOW).is_err());
    }
}
