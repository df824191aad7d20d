//! Links from issues to what other systems keep on them.

use model::{ActivityKind, IssueLinkId};
use store::{
    issue_links::{self, IssueLink},
    issues::Issue,
};
use triage::Data;

use super::change::{By, Place, note};
use crate::{App, access::OrganizationScope};

/// Of each part, in characters; of the address, in bytes.
const LONGEST_NAME: usize = 200;
const LONGEST_URL: usize = 2_000;

/// How many an issue has.
const MOST_LINKS: usize = 100;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLink {
    /// The other system, as `tracker`.
    pub service: String,
    /// What the other system calls it, as `TRACK-12`.
    pub display_name: String,
    pub url: String,
}

#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("say what system it leads to, in at most {LONGEST_NAME} characters")]
    Service,
    #[error("a link needs a name of at most {LONGEST_NAME} characters")]
    Name,
    #[error("an address begins with https:// or http:// and has at most {LONGEST_URL} characters")]
    Url,
    #[error("the issue has this link already")]
    Exists,
    #[error("an issue has at most {MOST_LINKS} links")]
    TooMany,
    #[error("there is no such link")]
    Gone,
    #[error(transparent)]
    Store(#[from] store::Error),
}

pub async fn list(app: &App, scope: &OrganizationScope, issue: &Issue) -> Result<Vec<IssueLink>, store::Error> {
    issue_links::list(&mut *app.store.read().await?, scope.organization.id, &[issue.id]).await
}

pub async fn add(app: &App, scope: &OrganizationScope, issue: &Issue, link: &NewLink) -> Result<IssueLink, LinkError> {
    let is_name = |name: &str| (1..=LONGEST_NAME).contains(&name.chars().count());
    let (service, name, url) = (link.service.trim(), link.display_name.trim(), link.url.trim());
    if !is_name(service) {
        return Err(LinkError::Service);
    }
    if !is_name(name) {
        return Err(LinkError::Name);
    }
    if !is_web_address(url) {
        return Err(LinkError::Url);
    }
    let by = By::of(scope);
    let link = IssueLink {
        id: IssueLinkId(app.ids.next()),
        organization: scope.organization.id,
        issue: issue.id,
        service: service.to_owned(),
        display_name: name.to_owned(),
        url: url.to_owned(),
        created_by: by.user(),
        created_at: app.now(),
    };
    let mut tx = app.store.begin().await?;
    // It may have become part of another one meanwhile.
    store::issues::lock(&mut tx, &[issue.project], &[issue.id]).await?;
    let found = store::issues::find(&mut tx, scope.organization.id, issue.id).await?;
    let issue = &found.ok_or(LinkError::Gone)?;
    let links = issue_links::list(&mut tx, scope.organization.id, &[issue.id]).await?;
    if links.len() >= MOST_LINKS {
        return Err(LinkError::TooMany);
    }
    match issue_links::create(&mut tx, &link).await {
        Err(store::Error::Conflict) => return Err(LinkError::Exists),
        other => other?,
    }
    let place = Place {
        organization: scope.organization.id,
        project: issue.project,
        issue: issue.id,
    };
    let mut data = Data::new();
    data.insert("provider".to_owned(), link.service.clone().into());
    data.insert("title".to_owned(), link.display_name.clone().into());
    data.insert("location".to_owned(), link.url.clone().into());
    note(app, &mut tx, place, ActivityKind::CreateIssue, by, data).await?;
    tx.commit().await?;
    Ok(link)
}

/// Only what a browser may be led to: no script, no file.
fn is_web_address(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && url.len() <= LONGEST_URL
        && !url.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>' | '\\'))
}

pub async fn remove(app: &App, scope: &OrganizationScope, issue: &Issue, id: IssueLinkId) -> Result<(), LinkError> {
    let mut tx = app.store.begin().await?;
    if !issue_links::delete(&mut tx, scope.organization.id, issue.id, id).await? {
        return Err(LinkError::Gone);
    }
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_web_only() {
        for good in ["https://tracker.example/1", "http://a"] {
            assert!(is_web_address(good), "{good}");
        }
        for bad in [
            "",
            "https://",
            "javascript:alert(1)",
            "data:text/html,x",
            "//a",
            "https:///a",
            "https://a b",
            "https://a\"b",
            "ftp://a",
        ] {
            assert!(!is_web_address(bad), "{bad}");
        }
    }
}
