use store::{Error, Store, StoreConfig, instance, spool_positions};

use crate::seed::{self, open};

#[tokio::test]
async fn opening_twice_changes_nothing() {
    testkit::on_every_database(async |url| {
        let store = seed::seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        instance::set(&mut tx, "a", "1").await.unwrap();
        instance::set(&mut tx, "a", "2").await.unwrap();
        spool_positions::set(&mut tx, 0, 7, 0).await.unwrap();
        spool_positions::set(&mut tx, 0, 9_007_199_254_740_993, 0)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        store.close().await;
        let store = open(url).await;
        let mut db = store.read().await.unwrap();
        assert_eq!(instance::find(&mut db, "a").await.unwrap().as_deref(), Some("2"));
        assert_eq!(instance::find(&mut db, "b").await.unwrap(), None);
        assert_eq!(spool_positions::get(&mut db, 0).await.unwrap(), 9_007_199_254_740_993);
        assert_eq!(spool_positions::get(&mut db, 1).await.unwrap(), 0);
        assert_eq!(instance::newest_id(&mut db).await.unwrap(), 100);
    })
    .await;
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    testkit::on_every_database(async |url| {
        let store = open(url).await;
        store.close().await;
        let pool = sqlx_pool(url).await;
        sqlx::query("INSERT INTO migrations (name) VALUES ('29990101000000_future')")
            .execute(&pool)
            .await
            .unwrap();
        pool.close().await;
        let refused = Store::open(&StoreConfig::new(url)).await;
        assert!(
            matches!(&refused, Err(Error::NewerSchema(name)) if name == "29990101000000_future"),
            "{refused:?}"
        );
    })
    .await;
}

async fn sqlx_pool(url: &str) -> sqlx::AnyPool {
    sqlx::AnyPool::connect(url).await.unwrap()
}

#[tokio::test]
async fn an_unknown_database_is_an_error() {
    let refused = Store::open(&StoreConfig::new("mysql://x")).await;
    assert!(matches!(refused, Err(Error::UnknownDatabase)));
}

#[tokio::test]
async fn a_savepoint_is_rolled_back_alone() {
    testkit::on_every_database(async |url| {
        let store = seed::seeded(url).await;
        let mut tx = store.begin().await.unwrap();
        instance::set(&mut tx, "kept", "1").await.unwrap();
        let mut inner = tx.savepoint().await.unwrap();
        instance::set(&mut inner, "lost", "1").await.unwrap();
        // A statement that fails ends a PostgreSQL transaction but for its savepoint.
        let failed =
            store::organizations::create(&mut inner, &seed::organization(model::OrganizationId(2), "acme")).await;
        assert!(matches!(failed, Err(Error::Conflict)), "{failed:?}");
        inner.rollback().await.unwrap();
        let mut inner = tx.savepoint().await.unwrap();
        instance::set(&mut inner, "released", "1").await.unwrap();
        inner.release().await.unwrap();
        tx.commit().await.unwrap();
        let mut db = store.read().await.unwrap();
        assert!(instance::find(&mut db, "kept").await.unwrap().is_some());
        assert!(instance::find(&mut db, "lost").await.unwrap().is_none());
        assert!(instance::find(&mut db, "released").await.unwrap().is_some());
        assert!(!Error::Conflict.is_transient());
    })
    .await;
}
