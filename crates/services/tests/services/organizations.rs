use services::{
    App,
    access::OrganizationScope,
    organizations::{self, OrganizationChange, OrganizationError},
};
use store::organizations::Organization;

use crate::installation::Installation;

async fn rename(app: &App, scope: &OrganizationScope, name: &str) -> Result<Organization, OrganizationError> {
    let change = OrganizationChange {
        name: Some(name),
        ..OrganizationChange::default()
    };
    organizations::update(app, scope, &change).await
}

#[tokio::test]
async fn an_organization_gets_another_name_and_keeps_its_slug() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let app = &installation.app;
        let scope = installation.scope.whole();
        rename(app, scope, "  Acme Ltd. ").await.unwrap();
        let listed = organizations::list(app, &scope.actor).await.unwrap();
        let told: Vec<_> = listed
            .iter()
            .map(|one| (one.slug.as_str(), one.name.as_str()))
            .collect();
        assert_eq!(told, [("acme", "Acme Ltd.")]);
        let nameless = rename(app, scope, " \t").await;
        assert!(matches!(nameless, Err(OrganizationError::NoName)), "{nameless:?}");
        let long = rename(app, scope, &"ü".repeat(65)).await;
        assert!(matches!(long, Err(OrganizationError::NameTooLong)), "{long:?}");
    })
    .await;
}
