//! What cannot be processed is kept, shown and taken up again.

use std::fs;

use crate::installation::{event_id, ready};

#[tokio::test]
async fn an_empty_quarantine_says_so() {
    let ready = ready().await;
    let output = ready.server.run(&["quarantine", "list"]).await;
    assert_eq!(
        String::from_utf8(output.stdout).unwrap().trim(),
        "the quarantine is empty"
    );
    let output = ready
        .server
        .run(&["quarantine", "replay", &format!("{:020}-{:010}", 1, 0)])
        .await;
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("there is no quarantine entry")
    );
}

/// Bytes that were damaged on the disk are not dropped: they come to the quarantine, and what is behind them is served.
#[tokio::test]
async fn damaged_bytes_are_kept_and_hold_up_nothing() {
    let mut ready = ready().await;
    ready.server.stop().await;
    let folder = ready.server.data_folder().join("spool");
    let newest = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .max()
        .unwrap();
    fs::write(&newest, vec![0x5a; 1000]).unwrap();
    ready.server.start().await;
    ready
        .send_event(&crate::installation::zero_division(&event_id()))
        .await
        .assert_status(200);
    ready.issues_with_events(1).await;
}
