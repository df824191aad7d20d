//! Vercel: objects in a JSON list, or one a line.

use model::Timestamp;
use serde_json::Value;

use super::MAX_LINES;
use crate::{
    event::{Meta, Object, json},
    items::{
        Invalid,
        attributes::Attributes,
        container::{IngestSettings, Member, Members, Read, Refused, json_length},
        field,
        log::{Log, LogLevel},
    },
};

/// Their names, and those of the attributes.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("id", "vercel.id"),
    ("deploymentId", "vercel.deployment_id"),
    ("source", "vercel.source"),
    ("projectId", "vercel.project_id"),
    ("projectName", "vercel.project_name"),
    ("buildId", "vercel.build_id"),
    ("type", "vercel.log_type"),
    ("entrypoint", "vercel.entrypoint"),
    ("requestId", "vercel.request_id"),
    ("executionRegion", "vercel.execution_region"),
    ("host", "server.address"),
    ("path", "url.path"),
    ("statusCode", "http.response.status_code"),
    ("environment", "sentry.environment"),
    ("destination", "vercel.destination"),
    ("edgeType", "vercel.edge_type"),
    ("branch", "vercel.branch"),
    ("ja3Digest", "vercel.ja3_digest"),
    ("ja4Digest", "vercel.ja4_digest"),
];

/// The request that an edge server took.
const PROXY: &[(&str, &str)] = &[
    ("method", "http.request.method"),
    ("host", "vercel.proxy.host"),
    ("path", "vercel.proxy.path"),
    ("userAgent", "vercel.proxy.user_agent"),
    ("region", "vercel.proxy.region"),
    ("referer", "vercel.proxy.referer"),
    ("clientIp", "client.address"),
    ("scheme", "url.scheme"),
    ("statusCode", "vercel.proxy.status_code"),
    ("responseByteSize", "vercel.proxy.response_byte_size"),
    ("cacheId", "vercel.proxy.cache_id"),
    ("vercelId", "vercel.proxy.vercel_id"),
    ("vercelCache", "vercel.proxy.vercel_cache"),
    ("pathType", "vercel.proxy.path_type"),
    ("lambdaRegion", "vercel.proxy.lambda_region"),
    ("wafAction", "vercel.proxy.waf_action"),
    ("wafRuleId", "vercel.proxy.waf_rule_id"),
];

pub fn logs(body: &[u8], received_at: Timestamp) -> Result<Members<Log>, Invalid> {
    let mut members = Members {
        valid: Vec::new(),
        invalid: Vec::new(),
        settings: IngestSettings::default(),
    };
    for value in values(body)? {
        let bytes = json_length(&value);
        match log(value, received_at) {
            Some(item) if bytes <= Log::MAX_BYTES => members.valid.push(Member { item, bytes }),
            _ => members.invalid.push(Refused {
                bytes,
                error: Invalid::new(Log::INVALID, "expected an object of a log, not too large"),
            }),
        }
    }
    Ok(members)
}

fn values(body: &[u8]) -> Result<Vec<Value>, Invalid> {
    let invalid = || Invalid::json("neither a list nor an object a line");
    let values = if body.trim_ascii_start().starts_with(b"[") {
        match json::parse(body) {
            Ok(Value::Array(values)) => values,
            _ => return Err(invalid()),
        }
    } else {
        let lines = body
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::trim_ascii)
            .filter(|line| !line.is_empty());
        lines
            .take(MAX_LINES + 1)
            .map(|line| json::parse(line).unwrap_or_default())
            .collect()
    };
    if values.len() > MAX_LINES {
        return Err(Invalid::json(format!("more than {MAX_LINES} logs")));
    }
    // A line that is no JSON is one log that is lost, a body without any is no drain.
    if values.iter().all(Value::is_null) && !values.is_empty() {
        Err(invalid())
    } else {
        Ok(values)
    }
}

fn log(value: Value, received_at: Timestamp) -> Option<Log> {
    let Value::Object(mut map) = value else { return None };
    let milliseconds = map.get("timestamp").and_then(Value::as_f64);
    let mut attributes = Attributes::default();
    set(&mut attributes, &mut map, ATTRIBUTES);
    if let Some(mut proxy) = field::child(&mut map, "proxy") {
        set(&mut attributes, &mut proxy, PROXY);
    }
    attributes.set_default("sentry.origin", "auto.log_drain.vercel");
    let level = field::text(&mut map, "level");
    let text = |map: &mut Object, one, other| field::text(map, one).or_else(|| field::text(map, other));
    Some(Log {
        timestamp: milliseconds
            .and_then(|time| field::of_seconds(time / 1000.0))
            .unwrap_or(received_at),
        trace_id: text(&mut map, "traceId", "trace.id").and_then(|id| id.parse().ok()),
        span_id: text(&mut map, "spanId", "span.id").and_then(|id| id.parse().ok()),
        level: LogLevel::from_name(level.as_deref().unwrap_or("info")),
        body: field::text(&mut map, "message").unwrap_or_default(),
        attributes,
        meta: Meta::default(),
    })
}

fn set(attributes: &mut Attributes, map: &mut Object, names: &[(&str, &str)]) {
    for (key, name) in names {
        if let Some(value) = field::take(map, key) {
            attributes.set(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_230_000_000_000);
    const LINE: &str = r#"{"id":"1573817187330377061717300000","deploymentId":"dpl_1","source":"lambda","host":"my-app.vercel.app","timestamp":1795228775442,"projectId":"p","level":"warning","message":"Adding customer","statusCode":200,"traceId":"58af69ca6d3242669ec819910e01a875","proxy":{"method":"GET","clientIp":"120.75.16.101"}}"#;

    #[test]
    fn a_list_and_lines_are_the_same() {
        let of_lines = logs(format!("{LINE}\n\n{LINE}\n").as_bytes(), NOW).unwrap();
        let of_list = logs(format!("[{LINE},{LINE}]").as_bytes(), NOW).unwrap();
        assert_eq!(of_lines, of_list);
        let log = &of_list.valid[0].item;
        assert_eq!((log.level, log.body.as_str()), (LogLevel::Warn, "Adding customer"));
        assert_eq!(log.timestamp, Timestamp(1_795_228_775_442_000));
        assert_eq!(log.trace_id.unwrap().to_string(), "58af69ca6d3242669ec819910e01a875");
        assert_eq!(log.attributes.text("vercel.source"), Some("lambda"));
        assert_eq!(log.attributes.get("http.response.status_code"), Some(&200.into()));
        assert_eq!(log.attributes.text("client.address"), Some("120.75.16.101"));
    }

    #[test]
    fn what_is_no_drain() {
        for bad in [&b"no JSON"[..], b"[1", b"[", b"{\n{"] {
            assert_eq!(logs(bad, NOW).unwrap_err().reason, "invalid_json");
        }
        assert_eq!(logs(b"", NOW).unwrap().valid.len(), 0);
        let mixed = logs(format!("{LINE}\nno JSON\n7\n{{}}").as_bytes(), NOW).unwrap();
        assert_eq!((mixed.valid.len(), mixed.invalid.len()), (2, 2));
        assert_eq!(mixed.invalid[0].error.reason, "invalid_log");
        assert!(logs("{}\n".repeat(MAX_LINES + 1).as_bytes(), NOW).is_err());
    }
}
