//! Recorded traffic of real SDKs, to be posted byte for byte. The fixtures of this crate are always there; where
//! [`FOLDER`] names the folder of the full corpus, that is read instead. The format is described in
//! `fixtures/sdk/README.md`.

mod recording; // one request

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use model::Timestamp;

pub use recording::{Answer, Expected, Meta, Recording};

use crate::requirement::skip_unless_required;

/// The variable that names the folder of the full corpus.
pub const FOLDER: &str = "TOCSIN_CORPUS";
/// Set to 1, it makes [`requests`] fail where that folder is not there.
pub const REQUIRE: &str = "TOCSIN_REQUIRE_CORPUS";

/// What the recorded requests are addressed to: `http://<PUBLIC_KEY>@127.0.0.1:9000/1`.
pub const PUBLIC_KEY: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/// Sent by clients of the time before it was dropped.
pub const SECRET_KEY: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
pub const ORGANIZATION: &str = "acme";
pub const PROJECT: &str = "shop";
pub const PROJECT_ID: u64 = 1;

/// Just after the last recording, 2026-11-21T03:00:00Z: by this clock all recorded events are new.
pub const RECORDED_AT: Timestamp = Timestamp(1_795_230_000_000_000);

/// All recorded requests, by name, so those of a scenario are in their order.
///
/// # Panics
/// When a recording cannot be read, and when the full corpus is required and is not there.
pub fn requests() -> Vec<Recording> {
    let folder = full_corpus().unwrap_or_else(|| {
        skip_unless_required(
            "recorded traffic beyond the fixtures (TOCSIN_CORPUS names no folder)",
            REQUIRE,
        );
        fixtures()
    });
    read(&folder).unwrap_or_else(|error| panic!("recordings in {}: {error}", folder.display()))
}

/// One of the recordings in the fixtures, such as `sentry-python-2.75.0/scope-data-01`.
///
/// # Panics
/// When there is none of that name.
pub fn fixture(name: &str) -> Recording {
    Recording::read(&fixtures(), name).unwrap_or_else(|error| panic!("fixture {name}: {error}"))
}

fn full_corpus() -> Option<PathBuf> {
    std::env::var_os(FOLDER)
        .map(PathBuf::from)
        .filter(|folder| folder.is_dir())
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sdk")
}

/// A folder of a client and its version holds the recordings.
fn read(folder: &Path) -> io::Result<Vec<Recording>> {
    let mut names = Vec::new();
    for client in folders_in(folder)? {
        for entry in fs::read_dir(folder.join(&client))? {
            if let Some(name) = entry?
                .file_name()
                .to_str()
                .and_then(|name| name.strip_suffix(".meta.json"))
            {
                names.push(format!("{client}/{name}"));
            }
        }
    }
    names.sort();
    names.iter().map(|name| Recording::read(folder, name)).collect()
}

fn folders_in(folder: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if let (true, Ok(name)) = (entry.path().is_dir(), entry.file_name().into_string()) {
            found.push(name);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn fixed() -> Vec<Recording> {
        read(&fixtures()).unwrap()
    }

    /// The choice: whoever replaces a fixture keeps what only that one had.
    #[test]
    fn the_fixtures_hold_every_kind_of_client_coding_endpoint_and_item() {
        let fixtures = fixed();
        let all = |of: fn(&Recording) -> Option<&str>| fixtures.iter().filter_map(of).collect::<BTreeSet<_>>();
        assert_eq!(
            all(|r| r.header("content-encoding")),
            BTreeSet::from(["", "br", "deflate", "gzip"])
        );
        assert_eq!(
            all(|r| Some(&r.meta.path)),
            BTreeSet::from(["/api/1/envelope/", "/api/1/store/", "/tunnel"])
        );
        assert_eq!(
            all(|r| Some(&r.meta.method)),
            BTreeSet::from(["GET", "OPTIONS", "POST"])
        );
        let items: BTreeSet<_> = fixtures
            .iter()
            .flat_map(|r| &r.meta.expected.item_types)
            .map(String::as_str)
            .collect();
        assert_eq!(
            items,
            BTreeSet::from(["attachment", "client_report", "event", "session", "transaction"])
        );
        for family in ["python", "node", "browser", "go", "rust", "ruby", "raven", "curl"] {
            assert!(fixtures.iter().any(|r| r.meta.client.contains(family)), "{family}");
        }
        assert!(fixtures.iter().any(|r| r.meta.chunk_sizes.is_some()));
    }

    #[test]
    fn every_recording_has_the_length_that_its_client_announced() {
        for recording in requests() {
            match recording.header("content-length") {
                Some(length) => assert_eq!(length, recording.body.len().to_string(), "{}", recording.name),
                None => assert_eq!(
                    recording
                        .meta
                        .chunk_sizes
                        .as_ref()
                        .map_or(0, |sizes| sizes.iter().sum::<usize>()),
                    recording.body.len(),
                    "{}",
                    recording.name
                ),
            }
        }
    }

    #[test]
    fn the_request_is_the_recorded_one() {
        let bytes = fixture("sentry-node-11.12.0/client-reports-01").request().to_bytes();
        let head = "POST /api/1/envelope/?sentry_version=7&sentry_key=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
            &sentry_client=sentry.javascript.node%2F11.12.0 HTTP/1.1\r\n\
            user-agent: sentry.javascript.node/11.12.0\r\nHost: 127.0.0.1:9000\r\nConnection: keep-alive\r\n\
            Transfer-Encoding: chunked\r\n\r\n85\r\n{";
        assert!(
            bytes.starts_with(head.as_bytes()),
            "{}",
            String::from_utf8_lossy(&bytes)
        );
        assert!(bytes.ends_with(b"\r\n0\r\n\r\n"));
    }

    #[test]
    fn a_preflight_brings_nothing_whatever_was_noted_with_it() {
        let preflight = fixture("micro-sentry-7.1.1/handled-01");
        assert!(!preflight.is_ingestion());
        assert_eq!(preflight.items("event").count(), 0);
        let request = fixture("micro-sentry-7.1.1/handled-02");
        assert!(request.is_ingestion() && !request.is_tunneled());
        assert_eq!(
            request.items("event").next().unwrap()["event_id"],
            "b3030648ed9b4349be4a18a65a614d50"
        );
        assert!(fixture("sentry-node-11.12.0/tunnel-03").is_tunneled());
    }

    #[test]
    fn a_body_that_was_changed_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let name = "curl-7.88.1/curl-auth-forms-01";
        fs::create_dir(folder.path().join("curl-7.88.1")).unwrap();
        fs::copy(
            fixtures().join(format!("{name}.meta.json")),
            folder.path().join(format!("{name}.meta.json")),
        )
        .unwrap();
        fs::write(folder.path().join(format!("{name}.body")), "{}").unwrap();
        let error = read(folder.path()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "curl-7.88.1/curl-auth-forms-01.body has 2 bytes, 112 were recorded"
        );
    }
}
