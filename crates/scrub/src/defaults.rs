//! The rules that follow from the switches of the settings (`ingest.md` §5.1).

use crate::{
    config::{Applications, bounded_regex},
    pattern::COOKIES,
    rule::{FILTERED, Pair, Redaction, Rule, Target, built_in},
    selector::Selector,
    settings::{Settings, SettingsError},
};

/// What is of no use scrubbed, or has rules of its own below.
const EXCEPTIONS: &str = "debug_meta.** || $frame.filename || $frame.abs_path || $logentry.formatted || $error.value \
                          || $http.headers.user-agent";

const CLIENT_IP: &str = "$http.env.REMOTE_ADDR || $user.ip_address || $sdk.client_ip || $span.sentry_tags.'user.ip' \
                         || attributes.'client.address'";

/// Texts that people write or read: what is secret in them is cut out, and the rest stays.
const MESSAGES: [&str; 14] = [
    "gen_ai.input.messages",
    "gen_ai.prompt",
    "gen_ai.request.messages",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.input",
    "gen_ai.tool.call.result",
    "gen_ai.tool.output",
    "gen_ai.output.messages",
    "gen_ai.response.tool_calls",
    "gen_ai.response.text",
    "gen_ai.response.object",
    "gen_ai.tool.definitions",
    "gen_ai.request.available_tools",
    "gen_ai.tool.name",
];
const PROTOCOL_MESSAGES: [&str; 2] = ["mcp.prompt.result", "mcp.tool.result.content"];
const MESSAGE_RULES: [&str; 5] = [
    "@bearer:replace",
    "@creditcard:replace",
    "@email:replace",
    "@iban:replace",
    "@usssn:replace",
];

const COOKIE_HEADERS: [&str; 2] = ["http.request.header.cookie", "http.response.header.set-cookie"];

/// What can be derived, and what is wrong with the rest.
pub(crate) fn derive(settings: &Settings) -> (Applications, Vec<SettingsError>) {
    let mut errors = Vec::new();
    let mut general = Vec::new();
    let mut applications = Vec::new();
    let finds_secrets = settings.scrub_data && settings.scrub_defaults;
    if finds_secrets {
        general.extend(built_in("@common:filter"));
    }
    if settings.scrub_ip_addresses {
        general.extend(built_in("@ip:replace"));
    }
    if settings.scrub_data {
        match sensitive_fields(&settings.sensitive_fields) {
            Ok(rule) => general.extend(rule),
            Err(error) => errors.push(error),
        }
    }
    if !general.is_empty() {
        general.sort_by(|one, other| one.id.cmp(&other.id));
        applications.push((everything_but(&settings.safe_fields), general));
    }
    if settings.scrub_ip_addresses {
        applications.push((selector(CLIENT_IP), built_in("@anything:remove")));
    }
    if finds_secrets {
        let message_rules = MESSAGE_RULES.iter().flat_map(|name| built_in(name)).collect();
        applications.push((selector(&messages()), message_rules));
        applications.push((selector(&cookies()), built_in("@anything:filter")));
        applications.push((selector(&cookie_headers()), built_in("@cookies:filter")));
    }
    (applications, errors)
}

fn everything_but(safe_fields: &[String]) -> Selector {
    let safe = safe_fields
        .iter()
        .map(|field| field.trim())
        .filter(|field| !field.is_empty());
    selector("$string || $number || $array || $object").except([selector(EXCEPTIONS)].into_iter().chain(
        // A name may have characters that a selector must quote.
        safe.map(|field| Selector::parse(field).unwrap_or_else(|_| Selector::keys([field]))),
    ))
}

fn sensitive_fields(fields: &[String]) -> Result<Option<Rule>, SettingsError> {
    let words: Vec<String> = fields
        .iter()
        .map(|field| field.trim())
        .filter(|field| !field.is_empty())
        .map(regex::escape)
        .collect();
    if words.is_empty() {
        return Ok(None);
    }
    match bounded_regex(&format!("(?i){}", words.join("|"))) {
        Ok(regex) => Ok(Some(Rule {
            id: "strip-fields".into(),
            target: Target::Pair(Pair::Named(regex)),
            redaction: Redaction::replace(FILTERED),
        })),
        Err(_) => Err(SettingsError {
            field: "sensitiveFields",
            path: String::new(),
            line: None,
            column: None,
            message: "the list is too long: name fewer or shorter fields".to_owned(),
        }),
    }
}

fn messages() -> String {
    let attributes = MESSAGES.iter().chain(&PROTOCOL_MESSAGES);
    let attributes = attributes.map(|name| format!(" || $span.data.'{name}' || attributes.'{name}'.value"));
    format!("$logentry.formatted || $log.body{}", attributes.collect::<String>())
}

fn cookies() -> String {
    let of_cookie = |name: &&str| {
        let headers = COOKIE_HEADERS.map(|header| format!("*.'{header}.{name}'"));
        format!("*.cookies.{name} || {}", headers.join(" || "))
    };
    COOKIES.iter().map(of_cookie).collect::<Vec<_>>().join(" || ")
}

fn cookie_headers() -> String {
    let of_header = |header: &&str| format!("*.'{header}'.* || *.'{header}'");
    COOKIE_HEADERS.iter().map(of_header).collect::<Vec<_>>().join(" || ")
}

fn selector(text: &str) -> Selector {
    Selector::parse(text).expect("a test parses every selector of the defaults")
}
