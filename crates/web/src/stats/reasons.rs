//! Why something was dropped, in words, and what one can do about it (`ingest.md` §1.7).

use model::OutcomeKind;

use crate::urls::Section;

/// What a reason means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Explanation {
    /// What happened.
    pub(crate) words: String,
    /// What to do about it, if anything.
    pub(crate) advice: &'static str,
    pub(crate) place: Option<Place>,
}

/// Where it can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Project(Section),
    OrganizationLimits,
    OrganizationStorage,
}

impl Place {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Project(section) => section.name(),
            Self::OrganizationLimits => "Limits of the organization",
            Self::OrganizationStorage => "Storage",
        }
    }
}

pub(crate) fn explain(kind: OutcomeKind, reason: &str) -> Explanation {
    match kind {
        OutcomeKind::Accepted => explanation("Taken in and kept.", "", None),
        OutcomeKind::Filtered => filtered(reason),
        OutcomeKind::RateLimited | OutcomeKind::CardinalityLimited => rate_limited(reason),
        OutcomeKind::Invalid | OutcomeKind::Abuse => invalid(reason),
        OutcomeKind::ClientDiscard => client_discard(reason),
    }
}

fn explanation(words: &str, advice: &'static str, place: Option<Place>) -> Explanation {
    Explanation {
        words: words.to_owned(),
        advice,
        place,
    }
}

fn filtered(reason: &str) -> Explanation {
    let filters = Some(Place::Project(Section::Filters));
    let by_filter = |words: &str| explanation(words, "If it is wanted after all, switch the filter off.", filters);
    if let Some(rules) = reason.strip_prefix("Sampled:") {
        let words = format!("Left out by sampling (rules {rules}): only a share is kept, and all are counted.");
        return Explanation {
            words,
            advice: "To keep more of them, raise the rate or write a rule.",
            place: Some(Place::Project(Section::Sampling)),
        };
    }
    match reason {
        "ip-address" => explanation(
            "It came from an address on the list.",
            "If it is wanted after all, take the address off the list.",
            filters,
        ),
        "release-version" => explanation(
            "Its release is on the list.",
            "If it is wanted after all, take the release off the list.",
            filters,
        ),
        "error-message" => explanation(
            "Its message matches a pattern of the list.",
            "If more matches than was meant, make the pattern narrower.",
            filters,
        ),
        "log-message" => explanation(
            "The text of the log matches a pattern of the list.",
            "If more matches than was meant, make the pattern narrower.",
            filters,
        ),
        "trace-metric-name" => explanation(
            "The name of the metric matches a pattern of the list.",
            "If more matches than was meant, make the pattern narrower.",
            filters,
        ),
        "browser-extensions" => by_filter("A browser extension caused it, not your code."),
        "legacy-browsers" => by_filter("It came from a browser that is too old to be supported."),
        "localhost" => by_filter("It came from a developer’s own machine."),
        "web-crawlers" => by_filter("It came from a web crawler."),
        "filtered-transaction" => by_filter("It is a health check."),
        "chunk-load-error" => by_filter("A page that was open during a deployment asked for code that is gone."),
        "hydration-error" => by_filter("React mended a difference between server and browser by itself."),
        "invalid-csp" => by_filter("The report names a source that is noise: an extension, mostly."),
        "cors" => explanation(
            "A page on a domain that may not send to this project sent it.",
            "If the page is yours, add its domain.",
            Some(Place::Project(Section::Security)),
        ),
        "discarded-hash" => explanation(
            "Its issue was deleted and discarded: events like it are not wanted.",
            "",
            None,
        ),
        other => Explanation {
            words: format!("It matched the condition {other} of the project’s own filters."),
            advice: "If more matches than was meant, make the condition narrower.",
            place: filters,
        },
    }
}

fn rate_limited(reason: &str) -> Explanation {
    match reason {
        "key_quota" => explanation(
            "The key is over its rate limit.",
            "If this is usual traffic, raise the limit of the key.",
            Some(Place::Project(Section::Keys)),
        ),
        "project_quota" => explanation(
            "The project is over one of its limits.",
            "If this is usual traffic, raise the limit.",
            Some(Place::Project(Section::RateLimits)),
        ),
        "organization_quota" => explanation(
            "All projects together are over a limit of the organization.",
            "Find the project that sends so much, or raise the limit.",
            Some(Place::OrganizationLimits),
        ),
        "spike_protection" => explanation(
            "Spike protection held a sudden rise back, so that it does not fill the disk.",
            "If the rise is real, it is let through within hours; to let all of it in now, switch the protection off.",
            Some(Place::Project(Section::RateLimits)),
        ),
        services::storage::disk::REASON => explanation(
            "The disk was almost full, and the least important data goes without first.",
            "Make room on the disk, or keep rows for fewer days.",
            Some(Place::OrganizationStorage),
        ),
        other => Explanation {
            words: format!("It was over the limit {other}."),
            advice: "If this is usual traffic, raise the limit.",
            place: Some(Place::Project(Section::RateLimits)),
        },
    }
}

fn invalid(reason: &str) -> Explanation {
    if let Some(what) = reason.strip_prefix("too_large") {
        let what = match what.trim_start_matches(':').replace('_', " ") {
            what if what.is_empty() => "It was".to_owned(),
            what => format!("An item of type {what} was"),
        };
        return Explanation {
            words: format!("{what} larger than is accepted."),
            advice: "Send less with it: fewer breadcrumbs, smaller extra data, no large request bodies.",
            place: None,
        };
    }
    match reason {
        "duplicate" => explanation("It came twice: the first one was kept.", "", None),
        "duplicate_item" => explanation(
            "One envelope held several events; the first one was kept.",
            "Update the SDK, or send one event in an envelope.",
            None,
        ),
        "cors" => explanation(
            "A page on a domain that may not send to this project sent it.",
            "If the page is yours, add its domain.",
            Some(Place::Project(Section::Security)),
        ),
        "project_id" => explanation(
            "The project in the address is not the one of the key.",
            "Copy the whole DSN anew.",
            Some(Place::Project(Section::Keys)),
        ),
        "no_data" | "empty_envelope" => explanation("There was nothing in it.", "", None),
        "invalid_json" | "invalid_proto" | "invalid_msgpack" | "invalid_multipart" | "payload" | "invalid_envelope" => {
            explanation(
                "It was not in the form that it said to be in.",
                "Look whether a proxy cuts or changes the bodies of requests; then update the SDK.",
                None,
            )
        }
        "invalid_compression" => explanation(
            "It was not compressed as it said to be.",
            "Look whether a proxy unpacks bodies and leaves Content-Encoding in place.",
            None,
        ),
        "content_type" => explanation("Its content type is not known.", "", None),
        "timestamp" => explanation(
            "Its time lies too far back, or in the future.",
            "Set the clock of the sender.",
            None,
        ),
        "invalid_transaction" => explanation(
            "The transaction lacks what it needs: a start, an end, a trace.",
            "Update the SDK.",
            None,
        ),
        "transaction_sampled" => explanation("It was left with a transaction that sampling left out.", "", None),
        "unknown_item" => explanation(
            "Items of this type are not known.",
            "Nothing is wrong with what else was sent; a newer version may know them.",
            None,
        ),
        "missing_minidump_upload" | "invalid_minidump" => explanation(
            "The upload held no minidump.",
            "The form field has to be called upload_file_minidump.",
            None,
        ),
        "security_report" | "security_report_type" => explanation(
            "It was no report that browsers send about security rules.",
            "",
            Some(Place::Project(Section::Security)),
        ),
        "project_state" => explanation("The project was being deleted.", "", None),
        "feature_disabled" => explanation("What it is for is switched off.", "", None),
        "internal" => explanation(
            "Processing failed: a fault of ours. It lies in the quarantine.",
            "Run tocsin quarantine list, and replay it after an update.",
            None,
        ),
        other if other.starts_with("invalid_replay") => {
            explanation("The replay could not be read.", "Update the SDK.", None)
        }
        other if other.starts_with("profiling_") => {
            explanation("The profile could not be used.", "Update the SDK.", None)
        }
        other => Explanation {
            words: format!("It could not be read ({}).", other.replace('_', " ")),
            advice: "Update the SDK; if it goes on, look at what it sends.",
            place: None,
        },
    }
}

/// SDKs say why they dropped something; nothing of it ever arrived.
fn client_discard(reason: &str) -> Explanation {
    let (words, advice) = match reason {
        "sample_rate" => (
            "The SDK’s own sample rate left it out.",
            "To get more, raise sample_rate or traces_sample_rate in the SDK’s options.",
        ),
        "before_send" => (
            "A before_send function dropped it.",
            "Look into the program’s own hook.",
        ),
        "event_processor" => (
            "An event processor dropped it.",
            "Look into the program’s own processors.",
        ),
        "ignored" => (
            "The SDK’s ignore options name it.",
            "Look at ignore_errors, deny_urls and the like in the SDK’s options.",
        ),
        "ratelimit_backoff" => (
            "The SDK held it back because it had been told to slow down.",
            "See what is rate limited above: raise that limit, or send less.",
        ),
        "network_error" => (
            "The SDK could not reach the server.",
            "Look at the way from the program to here: DNS, proxy, certificate, outages.",
        ),
        "send_error" => (
            "The server or a proxy refused it.",
            "Look at the answers that the program gets; a proxy may refuse large bodies.",
        ),
        "queue_overflow" | "buffer_overflow" | "cache_overflow" => (
            "More came at once than the SDK keeps waiting.",
            "Find what floods it, or enlarge the SDK’s queue.",
        ),
        "backpressure" => (
            "The program was under load, so the SDK lowered its rate.",
            "Nothing, unless it stays so.",
        ),
        "insufficient_data" => ("There was too little in it to be sent.", ""),
        "invalid" => ("The SDK found it invalid.", "Update the SDK."),
        "internal_sdk_error" => ("The SDK failed on it.", "Update the SDK; its debug option says more."),
        "no_parent_span" => (
            "A span had no transaction to belong to.",
            "Start a transaction around it.",
        ),
        "" => ("The SDK dropped it without a reason that is known.", ""),
        _ => ("The SDK dropped it for a reason of its own.", ""),
    };
    explanation(words, advice, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All reasons of `ingest.md` §1.7.
    #[test]
    fn every_known_reason_is_explained() {
        use OutcomeKind::{ClientDiscard, Filtered, Invalid, RateLimited};
        let filters = "ip-address release-version error-message browser-extensions legacy-browsers localhost \
                       web-crawlers invalid-csp cors discarded-hash filtered-transaction chunk-load-error \
                       hydration-error log-message Sampled:1000,1002";
        let limits = "key_quota project_quota organization_quota spike_protection disk_full";
        let invalid = "duplicate project_id no_data empty_envelope too_large:event content_type \
                       missing_minidump_upload invalid_minidump security_report_type security_report cors payload \
                       invalid_json invalid_proto invalid_msgpack invalid_multipart invalid_transaction \
                       invalid_envelope invalid_compression timestamp project_state duplicate_item \
                       transaction_sampled invalid_replay invalid_replay_video profiling_invalid_json \
                       feature_disabled unknown_item internal";
        let client = "backpressure before_send buffer_overflow cache_overflow event_processor ignored \
                      insufficient_data internal_sdk_error invalid network_error no_parent_span queue_overflow \
                      ratelimit_backoff sample_rate send_error";
        for (kind, reasons) in [
            (Filtered, filters),
            (RateLimited, limits),
            (Invalid, invalid),
            (ClientDiscard, client),
        ] {
            let unknown = explain(kind, "no-such-reason");
            for reason in reasons.split_whitespace() {
                let explained = explain(kind, reason);
                assert!(explained.words != unknown.words, "{kind:?} {reason}");
                assert!(explained.words.ends_with('.'), "{}", explained.words);
            }
        }
    }

    #[test]
    fn a_reason_leads_to_where_it_can_be_changed() {
        let place = |kind, reason| explain(kind, reason).place;
        assert_eq!(
            place(OutcomeKind::Filtered, "my-own-condition"),
            Some(Place::Project(Section::Filters))
        );
        assert_eq!(
            place(OutcomeKind::Filtered, "Sampled:1000"),
            Some(Place::Project(Section::Sampling))
        );
        assert_eq!(
            place(OutcomeKind::RateLimited, "organization_quota"),
            Some(Place::OrganizationLimits)
        );
        assert_eq!(
            explain(OutcomeKind::Invalid, "too_large:user_report").words,
            "An item of type user report was larger than is accepted."
        );
    }
}
