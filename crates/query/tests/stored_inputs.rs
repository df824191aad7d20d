//! The stored inputs of the fuzz target `issue_query`, so that every test run reads them.

use std::{fs, path::Path};

use query::issues::parse;

#[test]
fn errors_lie_within_the_text() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/issue_query");
    let mut read = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        if let Err(error) = parse(&text) {
            assert!(error.position <= text.chars().count(), "{}: {error}", path.display());
        }
        read += 1;
    }
    assert!(read >= 5, "{read} inputs in {}", folder.display());
}
