//! Every page with made-up data: for the snapshots of the tests, and to look at (`cargo run --example gallery`).

use askama::Template;
use model::Timestamp;

use crate::{
    avatar::Picture,
    scope::{ProjectChoice, Scope, ScopeBar},
    shell::{OrganizationName, Part, Shell, Viewer},
    urls::Links,
};

/// One page filled with sample data: empty, typical, hostile or huge.
#[derive(Debug)]
pub struct Sample {
    pub name: &'static str,
    pub html: String,
}

impl Sample {
    pub(crate) fn new(name: &'static str, page: &impl Template) -> Self {
        let html = page.render().expect("a page of sample data renders");
        Self { name, html }
    }
}

/// All samples of all pages.
pub fn samples() -> Vec<Sample> {
    let mut samples = Vec::new();
    samples.extend(crate::auth::samples());
    samples.extend(crate::invitations::samples());
    samples.extend(crate::mails::samples());
    samples.extend(crate::projects::list::ProjectListPage::samples());
    samples.extend(crate::projects::create::NewProjectPage::samples());
    samples.extend(crate::projects::getting_started::GettingStartedPage::samples());
    samples.extend(crate::projects::settings::samples());
    samples.extend(crate::settings::samples());
    samples.extend(crate::discover::page::DiscoverPage::samples());
    samples.extend(crate::alert_reports::samples());
    samples.extend(crate::alert_rules::samples());
    samples.extend(crate::metric_alerts::samples());
    samples.extend(crate::incidents::samples());
    samples.extend(crate::stats::page::StatsPage::samples());
    samples.extend(crate::issues::list::IssueListPage::samples());
    samples.extend(crate::issues::page::IssuePage::samples());
    samples.extend(crate::issues::events::EventListPage::samples());
    samples.extend(crate::issues::actions::ConfirmPage::samples());
    samples.extend(crate::issues::views::ViewsPage::samples());
    samples.extend(crate::issues::share::SharePage::samples());
    samples.extend(crate::issues::merged::MergedPage::samples());
    samples.extend(crate::issues::similar::SimilarPage::samples());
    samples.extend(crate::issues::attachments::AttachmentsPage::samples());
    samples.extend(crate::events::page::EventPage::samples());
    samples.extend(crate::tokens::TokensPage::samples());
    samples.extend(crate::oauth::samples());
    samples.extend(crate::account::samples());
    samples.extend(crate::admin::samples());
    samples.extend(crate::errors::ErrorPage::samples());
    samples
}

/// The files that the pages ask for under `/assets/`, by name.
pub fn assets() -> Vec<(String, &'static [u8])> {
    crate::assets::all()
        .map(|asset| (asset.name.clone(), asset.bytes))
        .into()
}

/// Noon of a day that all samples share.
pub(crate) const NOW: Timestamp = Timestamp(1_795_262_400_000_000);

pub(crate) fn ago(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(NOW.seconds() - seconds)
}

/// Text that would break a page that trusts it: markup, directions, emoji, one endless word.
pub(crate) const HOSTILE: &str = "\"><script>window.__xss=1</script><img src=x onerror=window.__xss=1> {{7*7}} \u{202e}מתקפה\u{202c} \
                                  🧨👩‍👩‍👧‍👦 javascript:alert(1) \
                                  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// The shell of a signed-in reader.
pub(crate) fn shell(part: Part, title: &str, here: &str) -> Shell {
    let organization = |slug: &str, name: &str| OrganizationName {
        slug: slug.to_owned(),
        name: name.to_owned(),
    };
    Shell {
        title: title.to_owned(),
        part,
        viewer: Some(Viewer {
            name: "Ada Lovelace".to_owned(),
            email: "ada@example.com".to_owned(),
            picture: Picture::of_name("Ada Lovelace"),
            time_zone: String::new(),
            is_admin: false,
            is_superuser: false,
        }),
        organization: Some(organization("acme", "Acme")),
        organizations: vec![organization("acme", "Acme")],
        links: Links::new("acme", String::new()),
        csrf: "sample-token".to_owned(),
        here: here.to_owned(),
        now: NOW,
        ..Shell::default()
    }
}

/// The same with a scope bar over three projects.
pub(crate) fn scoped_shell(part: Part, title: &str, here: &str, scope: Scope) -> Shell {
    let project = |id: i64, slug: &str| ProjectChoice {
        id,
        slug: slug.to_owned(),
    };
    let mut shell = shell(part, title, here);
    shell.links = Links::new("acme", scope.query());
    shell.scope = Some(ScopeBar {
        scope,
        projects: vec![project(1, "shop"), project(2, "web"), project(3, "billing-worker")],
        environments: vec!["production".to_owned(), "staging".to_owned()],
        path: here.split('?').next().unwrap_or_default().to_owned(),
        keep: Vec::new(),
    });
    shell
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// What a page must be below, with the largest event that there can be.
    const MAX_PAGE: usize = 300_000;

    /// The page's own part: the shell is the same around all, and snapshotted once.
    fn main_part(html: &str) -> &str {
        let start = html.find("<main").unwrap();
        &html[start..html.find("</main>").unwrap()]
    }

    /// All but the page's own part, without the hashes of the assets.
    fn shell_part(html: &str) -> String {
        let shell = html.replace(main_part(html), "…");
        crate::assets::all()
            .iter()
            .fold(shell, |shell, asset| shell.replace(&asset.name, "[asset]"))
    }

    #[test]
    fn every_page_is_as_it_was() {
        let mut names = BTreeSet::new();
        for Sample { name, html } in samples() {
            assert!(names.insert(name), "two samples are called {name}");
            match name {
                "projects-empty" => insta::assert_snapshot!("shell", shell_part(&html)),
                // Those that are as long as a page can be are judged by their size, below.
                name if name.ends_with("-huge") => continue,
                _ => {}
            }
            insta::assert_snapshot!(name, main_part(&html));
        }
    }

    #[test]
    fn no_page_grows_without_bound() {
        for Sample { name, html } in samples() {
            assert!(html.len() < MAX_PAGE, "{name} has {} bytes", html.len());
        }
    }

    #[test]
    fn nothing_that_a_page_holds_is_run_or_styled_inline() {
        for Sample { name, html } in samples() {
            let tags = html.split('<').skip(1).map(|tag| tag.split('>').next().unwrap_or(tag));
            for tag in tags {
                let element = tag.split_whitespace().next().unwrap_or_default();
                assert!(element != "style" && element != "iframe", "{name}: <{tag}>");
                // A picture is a file of an event, which is handed out in a sandbox.
                let is_file = tag.contains("src=\"/organizations/") && tag.contains("/view/\"");
                assert!(element != "img" || is_file, "{name}: <{tag}>");
                assert!(element != "script" || tag.contains("src=\"/assets/"), "{name}: <{tag}>");
                // Outside quotes no attribute is a style or a handler, or leads to a script.
                let bare: String = tag.split('"').step_by(2).collect();
                assert!(!bare.contains(" style=") && !bare.contains(" on"), "{name}: <{tag}>");
                // What leads elsewhere is what people wrote, and it tells nobody where it stood.
                let is_written = tag.contains("rel=\"noopener noreferrer nofollow\"");
                let leads_out = tag.contains("href=\"http") && !is_written;
                assert!(!tag.contains("href=\"javascript:") && !leads_out, "{name}: <{tag}>");
            }
        }
    }

    #[test]
    fn ids_are_unique_and_labels_lead_to_fields() {
        for Sample { name, html } in samples() {
            let values = |attribute: &str| -> Vec<String> {
                html.split(attribute)
                    .skip(1)
                    .map(|rest| rest.split('"').next().unwrap_or_default().to_owned())
                    .collect()
            };
            let ids = values(" id=\"");
            let unique: std::collections::HashSet<&String> = ids.iter().collect();
            assert_eq!(ids.len(), unique.len(), "{name}: {ids:?}");
            for target in values(" for=\"").iter().chain(&values(" aria-labelledby=\"")) {
                assert!(ids.contains(target), "{name}: nothing has the id {target}");
            }
        }
    }
}
