//! The stored inputs of the fuzz targets, so that every test run reads them.

use std::{fs, io, path::Path};

use query::{ParseError, search};

use crate::{issues_now, spans};

fn texts(target: &str) -> io::Result<Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let read = |entry: io::Result<fs::DirEntry>| Ok(String::from_utf8_lossy(&fs::read(entry?.path())?).into_owned());
    fs::read_dir(folder)?.map(read).collect()
}

fn check(target: &str, parse: impl Fn(&str) -> Option<ParseError>) {
    let texts = texts(target).expect("the stored inputs can be read");
    assert!(texts.len() >= 15, "{} inputs of {target}", texts.len());
    for text in texts {
        if let Some(error) = parse(&text) {
            assert!(error.position + error.length <= text.chars().count(), "{text}: {error}");
        }
    }
}

#[test]
fn errors_lie_within_the_text() {
    check("issue_query", |text| search::issues::parse(text, &issues_now()).err());
    check("event_query", |text| search::events::parse(text, &spans()).err());
}
