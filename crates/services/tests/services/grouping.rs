use grouping::Hash;
use model::{BindingId, EventId};

use crate::installation::{Installation, NOW};

#[tokio::test]
async fn hashes_lead_to_the_issues_that_have_them() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let issue = installation.event(EventId::random(), NOW).await;
        let [bound, free]: [Hash; 2] = ["0a".repeat(16), "0b".repeat(16)].map(|hash| hash.parse().unwrap());
        let mut tx = installation.app.store.begin().await.unwrap();
        store::issues::bind_hashes(&mut tx, issue.project, issue.id, &[(bound.to_string(), BindingId(1))])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let (app, scope) = (&installation.app, &installation.scope);
        let found = services::grouping::issues_of(app, scope, &[bound, free, bound])
            .await
            .unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[&bound].id, issue.id);
        assert!(services::grouping::issues_of(app, scope, &[]).await.unwrap().is_empty());
    })
    .await;
}
