//! Violations of a content security policy, from `report-uri` (kebab case) and from `report-to` (camel case).

use serde_json::Value;

use super::{
    Error, Report,
    fields::{Field, number, take, text},
};
use crate::{
    event::{EventType, Object},
    url::Url,
};

/// The part of a policy that was violated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CspDirective(&'static str);

impl CspDirective {
    const ALL: [&'static str; 32] = [
        "base-uri",
        "block-all-mixed-content",
        "child-src",
        "connect-src",
        "default-src",
        "fenced-frame-src",
        "font-src",
        "form-action",
        "frame-ancestors",
        "frame-src",
        "img-src",
        "manifest-src",
        "media-src",
        "navigate-to",
        "object-src",
        "plugin-types",
        "prefetch-src",
        "referrer",
        "report-to",
        "report-uri",
        "require-sri-for",
        "require-trusted-types-for",
        "sandbox",
        "script-src",
        "script-src-attr",
        "script-src-elem",
        "style-src",
        "style-src-attr",
        "style-src-elem",
        "trusted-types",
        "upgrade-insecure-requests",
        "worker-src",
    ];

    /// The first word counts: the first versions of the standard gave the sources with it.
    pub fn parse(text: &str) -> Option<Self> {
        let word = text.split_ascii_whitespace().next()?;
        Self::ALL.into_iter().find(|name| *name == word).map(Self)
    }

    pub fn name(self) -> &'static str {
        self.0
    }
}

const FIELDS: [Field; 12] = [
    Field(
        "effective_directive",
        &["effective-directive", "effectiveDirective"],
        text,
    ),
    Field("blocked_uri", &["blocked-uri", "blockedURL"], text),
    Field("document_uri", &["document-uri", "documentURL"], text),
    Field("original_policy", &["original-policy", "originalPolicy"], text),
    Field("referrer", &[], text),
    Field("status_code", &["status-code", "statusCode"], number),
    Field("violated_directive", &["violated-directive", "violatedDirective"], text),
    Field("source_file", &["source-file", "sourceFile"], text),
    Field("line_number", &["line-number", "lineNumber"], number),
    Field("column_number", &["column-number", "columnNumber"], number),
    Field("script_sample", &["script-sample", "scriptSample", "sample"], text),
    Field("disposition", &[], text),
];

pub(super) fn read(mut report: Object) -> Result<Report, Error> {
    let mut interface = take(&mut report, &FIELDS);
    let directive = ["effective_directive", "violated_directive"]
        .iter()
        .find_map(|field| CspDirective::parse(interface.get(*field)?.as_str()?))
        .ok_or(Error::Malformed("no known directive"))?;
    interface.insert("effective_directive".to_owned(), Value::from(directive.name()));
    // Without an address it is the page's own content that was blocked.
    interface.entry("blocked_uri").or_insert_with(|| Value::from("self"));
    interface.entry("violated_directive").or_insert_with(|| Value::from(""));
    Ok(Report {
        kind: EventType::Csp,
        interface,
    })
}

/// Whether a blocked address means the page itself.
pub fn is_local(uri: &str) -> bool {
    matches!(uri, "" | "self" | "'self'")
}

/// The part of an address that says who it was: the host, for other schemes than HTTP with the scheme before it.
/// Browsers often give no more than a scheme (`data`, `blob`, `inline`).
pub fn reduced_uri(uri: &str) -> String {
    if is_local(uri) {
        return "'self'".to_owned();
    }
    if !uri.contains(':') {
        return joined(uri, "");
    }
    let Some(url) = Url::parse(uri) else {
        return uri.to_owned();
    };
    let host = url.host.as_deref().unwrap_or_default();
    let reduced = if url.is_http() {
        host.to_owned()
    } else {
        joined(&url.scheme, host)
    };
    match url.port {
        Some(port) => format!("{reduced}:{port}"),
        None => reduced,
    }
}

/// Scheme and host as one writes them, be the host empty.
fn joined(scheme: &str, host: &str) -> String {
    const WITH_HOST: [&str; 24] = [
        "file", "ftp", "git", "git+ssh", "gopher", "http", "https", "imap", "mms", "nfs", "nntp", "prospero", "rsync",
        "rtsp", "rtspu", "sftp", "shttp", "snews", "svn", "svn+ssh", "telnet", "wais", "ws", "wss",
    ];
    if !host.is_empty() || WITH_HOST.contains(&scheme) {
        format!("{scheme}://{host}")
    } else if scheme.is_empty() {
        String::new()
    } else {
        format!("{scheme}:")
    }
}

/// The directive with its sources, each as short as it can be: what a browser spelled out of `'self'` becomes that again.
pub fn reduced_directive(violated_directive: &str, document_uri: &str) -> String {
    let own = reduced_uri(document_uri);
    let mut words = violated_directive.split_ascii_whitespace();
    let mut reduced = words.next().unwrap_or_default().to_owned();
    for source in words {
        reduced.push(' ');
        reduced.push_str(&reduced_source(source, &own, document_uri));
    }
    reduced
}

fn reduced_source(source: &str, own: &str, document_uri: &str) -> String {
    const SCHEMES: [&str; 7] = [
        "data:",
        "mediastream:",
        "blob:",
        "filesystem:",
        "http:",
        "https:",
        "file:",
    ];
    if matches!(source, "'none'" | "'self'" | "'unsafe-inline'" | "'unsafe-eval'") {
        return source.to_owned();
    }
    if SCHEMES.iter().any(|scheme| source.starts_with(scheme)) {
        let reduced = reduced_uri(source);
        return if reduced == own {
            "'self'".to_owned()
        } else {
            source.to_owned()
        };
    }
    if source == own {
        return "'self'".to_owned();
    }
    // Without a scheme it is that of the page.
    match document_uri.split_once(':') {
        Some((scheme, _)) if !matches!(scheme, "http" | "https") => joined(scheme, source),
        _ => source.to_owned(),
    }
}
