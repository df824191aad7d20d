use services::{
    access::OrganizationScope,
    organizations::{self, RenameError},
};

use crate::installation::Installation;

#[tokio::test]
async fn an_organization_gets_another_name_and_keeps_its_slug() {
    testkit::on_every_database(async |url| {
        let installation = Installation::new(url).await;
        let app = &installation.app;
        let scope = OrganizationScope {
            actor: installation.scope.actor.clone(),
            organization: installation.scope.organization.clone(),
        };
        organizations::rename(app, &scope, "  Acme Ltd. ").await.unwrap();
        let listed = organizations::list(app, &scope.actor).await.unwrap();
        let told: Vec<_> = listed
            .iter()
            .map(|one| (one.slug.as_str(), one.name.as_str()))
            .collect();
        assert_eq!(told, [("acme", "Acme Ltd.")]);
        let nameless = organizations::rename(app, &scope, " \t").await;
        assert!(matches!(nameless, Err(RenameError::NoName)), "{nameless:?}");
        let long = organizations::rename(app, &scope, &"ü".repeat(65)).await;
        assert!(matches!(long, Err(RenameError::NameTooLong)), "{long:?}");
    })
    .await;
}
