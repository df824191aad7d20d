//! SQLite as the store opens it keeps what it has committed when the power goes.

use store::{Store, StoreConfig, spool_positions};
use testkit::power_cut::{PowerCut, database_url};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_survives_a_power_cut() {
    let (folder, restored) = (tempdir(), tempdir());
    let cut = PowerCut::new(folder.path()).unwrap();
    let store = Store::open(&StoreConfig::new(cut.url("tocsin.db"))).await.unwrap();
    let mut acknowledged = 0;
    for position in 1..=200 {
        let mut tx = store.begin().await.unwrap();
        spool_positions::set(&mut tx, 0, position, 0).await.unwrap();
        if tx.commit().await.is_err() {
            break;
        }
        acknowledged = position;
        if position == 100 {
            cut.pull_plug();
        }
    }
    assert_eq!(acknowledged, 100, "nothing is acknowledged after the cut");
    cut.restore_into(restored.path()).unwrap();
    let store = Store::open(&StoreConfig::new(database_url(restored.path(), "tocsin.db")))
        .await
        .unwrap();
    assert_eq!(
        spool_positions::get(&mut store.read().await.unwrap(), 0).await.unwrap(),
        100
    );
}

fn tempdir() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}
