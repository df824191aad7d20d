use bytes::Bytes;
use model::{EventId, StoredItemId};
use services::{
    access::AccessError,
    stored_items::{self, NewStoredItem, PayloadError},
};
use store::{
    IdPage,
    stored_items::{INLINE_BYTES, StoredItemKind},
};

use crate::installation::Installation;

impl Installation {
    fn new_item(&self, kind: StoredItemKind, key: &str, position: i64) -> NewStoredItem {
        NewStoredItem {
            organization: self.scope.organization.id,
            project: self.scope.project.id,
            kind,
            key: key.to_owned(),
            part: String::new(),
            position,
            event_id: Some(EventId([3; 16])),
            timestamp: self.app.now(),
            received_at: self.app.now(),
            release: Some("shop@1".to_owned()),
            environment: None,
        }
    }

    pub(crate) async fn keep(&self, kind: StoredItemKind, key: &str, position: i64, payload: &Bytes) -> bool {
        let prepared = stored_items::prepare(&self.app, payload.clone()).await.unwrap();
        let new = self.new_item(kind, key, position);
        let mut tx = self.app.store.begin().await.unwrap();
        let created = stored_items::create(&self.app, &mut tx, &new, &prepared).await.unwrap();
        tx.commit().await.unwrap();
        created
    }
}

/// Bytes that compression makes no fewer.
fn noise(len: usize) -> Bytes {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        })
        .collect()
}

#[tokio::test]
async fn a_payload_comes_back_byte_for_byte_be_it_small_or_large() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let app = &installation.app;
        let zeros = Bytes::from(vec![0; 10 << 20]);
        let payloads = [
            Bytes::new(),
            noise(10),
            zeros,
            noise(INLINE_BYTES - 100),
            noise(3 << 20),
        ];
        for (segment, payload) in (0..).zip(&payloads) {
            let kind = StoredItemKind::ReplayRecording;
            assert!(installation.keep(kind, "r", segment, payload).await);
        }
        let page = IdPage::newest(10);
        let kind = StoredItemKind::ReplayRecording;
        let mut items = stored_items::list(app, &installation.scope, kind, Some("r"), page)
            .await
            .unwrap();
        items.reverse();
        let in_files: Vec<bool> = items.iter().map(|item| item.file.is_some()).collect();
        assert_eq!(in_files, [false, false, false, false, true]);
        for (item, payload) in items.iter().zip(&payloads) {
            assert_eq!(item.size, payload.len() as u64);
            assert!(
                stored_items::payload(app, item).await.unwrap() == payload,
                "segment {}",
                item.position
            );
            assert_eq!(
                &stored_items::get(app, &installation.scope, item.id).await.unwrap(),
                item
            );
        }
        let missing = stored_items::get(app, &installation.scope, StoredItemId(1)).await;
        assert!(matches!(missing, Err(AccessError::NotFound)));
        let mut gone = items[0].clone();
        gone.id = StoredItemId(1);
        assert!(matches!(
            stored_items::payload(app, &gone).await,
            Err(PayloadError::Gone)
        ));
        let mut lying = items[4].clone();
        lying.size = 5;
        assert!(matches!(
            stored_items::payload(app, &lying).await,
            Err(PayloadError::Damaged(_))
        ));
    })
    .await;
}

#[tokio::test]
async fn what_is_sent_again_leaves_no_file_behind() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let app = &installation.app;
        let kind = StoredItemKind::ReplayRecording;
        assert!(installation.keep(kind, "r", 1, &noise(200_000)).await);
        assert!(!installation.keep(kind, "r", 1, &noise(200_001)).await);
        let counts = stored_items::counts(app, &installation.scope).await.unwrap();
        assert_eq!(counts, [(kind, 1)]);
        let page = IdPage::newest(10);
        let items = stored_items::list(app, &installation.scope, kind, None, page)
            .await
            .unwrap();
        assert_eq!(items[0].size, 200_000, "the first one stays");
        assert_eq!(stored_items::payload(app, &items[0]).await.unwrap(), noise(200_000));
    })
    .await;
}

#[tokio::test]
async fn keys_of_any_length_can_be_kept() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let key = "\0ä".repeat(10_000);
        let kind = StoredItemKind::ReplayEvent;
        assert!(installation.keep(kind, &key, i64::MAX, &noise(1)).await);
        let page = IdPage::newest(1);
        let items = stored_items::list(&installation.app, &installation.scope, kind, None, page);
        assert_eq!(items.await.unwrap()[0].key.chars().count(), 200);
    })
    .await;
}
