//! Every address of a page, made in one place, so that a link cannot name a route that does not exist.

mod alert_rules;
mod metric_alerts;
mod sections;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

pub(crate) use sections::{AccountSection, AdminSection, OrganizationSection, Section};

/// What may stand unencoded in a path segment or a query value.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

pub(crate) const HOME: &str = "/";
pub(crate) const LOGIN: &str = "/auth/login/";
pub(crate) const LOGOUT: &str = "/auth/logout/";
pub(crate) const CODE: &str = "/auth/code/";
pub(crate) const RECOVER: &str = "/auth/recover/";
pub(crate) const REGISTER: &str = "/auth/register/";
pub(crate) const SUDO: &str = "/auth/sudo/";
pub(crate) const SUPERUSER: &str = "/auth/superuser/";
pub(crate) const LEAVE_SUPERUSER: &str = "/auth/superuser/leave/";
pub(crate) const PROFILE: &str = "/settings/account/";
pub(crate) const EMAILS: &str = "/settings/account/emails/";
pub(crate) const NOTIFICATIONS: &str = "/settings/account/notifications/";
pub(crate) const PUSH_WORKER: &str = "/push-worker.js";
pub(crate) const SECURITY: &str = "/settings/account/security/";
pub(crate) const PASSWORD: &str = "/settings/account/security/password/";
pub(crate) const SESSIONS: &str = "/settings/account/security/sessions/";
pub(crate) const SECOND_FACTOR: &str = "/settings/account/security/second-factor/";
pub(crate) const ADMIN_USERS: &str = "/admin/users/";
pub(crate) const ADMIN_ORGANIZATIONS: &str = "/admin/organizations/";
pub(crate) const ADMIN_JOBS: &str = "/admin/jobs/";
pub(crate) const ADMIN_MAIL: &str = "/admin/mail/";
pub(crate) const ADMIN_MAIL_FORGIVE: &str = "/admin/mails/forgive/";
pub(crate) const ADMIN_MAIL_PREVIEWS: &str = "/admin/mail-previews/";
pub(crate) const ADMIN_MAIL_TEST: &str = "/admin/mail/test/";
pub(crate) const ADMIN_MAILS: &str = "/admin/mails/";
pub(crate) const ADMIN_LOG: &str = "/admin/audit-log/";
pub(crate) const ADMIN_LOG_CSV: &str = "/admin/audit-log/csv/";
pub(crate) const ADMIN_NEW_USER: &str = "/admin/users/new/";
pub(crate) const ADMIN_SETTINGS: &str = "/admin/settings/";
pub(crate) const NEW_ORGANIZATION: &str = "/organizations/new/";
pub(crate) const FIRST_RUN: &str = "/setup/";
pub(crate) const TOKENS: &str = "/settings/account/api/auth-tokens/";
pub(crate) const REVOKE_ALL_TOKENS: &str = "/settings/account/api/auth-tokens/revoke-all/";
pub(crate) const APPLICATIONS: &str = "/settings/account/api/applications/";
pub(crate) const AUTHORIZATIONS: &str = "/settings/account/authorizations/";
pub(crate) const AUTHORIZE: &str = "/oauth/authorize/";
pub(crate) const PREFERENCES: &str = "/settings/account/preferences/";

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// `a=1&b=2`, encoded.
pub(crate) fn query<K: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (K, V)>) -> String {
    let pair = |(key, value): (K, V)| format!("{}={}", encoded(key.as_ref()), encoded(value.as_ref()));
    pairs.into_iter().map(pair).collect::<Vec<_>>().join("&")
}

/// The fields of a query, decoded.
pub(crate) fn parse_query(query: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        percent_decode_str(&text.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(key), decoded(value))
    };
    query.split('&').filter(|pair| !pair.is_empty()).map(pair).collect()
}

/// The page of a shared issue, which needs nobody to be signed in.
pub(crate) fn share(key: &str) -> String {
    format!("/share/issue/{}/", encoded(key))
}

fn with_query(path: String, query: &str) -> String {
    if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    }
}

/// The login page, which leads on to `next`.
pub(crate) fn login(next: &str) -> String {
    leading_to(LOGIN, next)
}

/// A page that leads on to `next` when it is done.
pub(crate) fn leading_to(page: &str, next: &str) -> String {
    if next.is_empty() || next == HOME {
        page.to_owned()
    } else {
        with_query(page.to_owned(), &query([("next", next)]))
    }
}

/// Whether a redirect may go to `target`, which came in a request: only to a path of our own.
///
/// Browsers read `//host` and `/\host` as another host and drop tabs and line breaks before they look.
pub(crate) fn is_local(target: &str) -> bool {
    target.starts_with('/')
        && !target.starts_with("//")
        && !target.contains(|char: char| char == '\\' || char.is_ascii_control())
}

/// The link that confirms an address.
pub(crate) fn confirmation(secret: &str) -> String {
    format!("/auth/confirm/{}/", encoded(secret))
}

/// The link of an invitation.
pub(crate) fn invitation(secret: &str) -> String {
    format!("/accept/{}/", encoded(secret))
}

/// The link to a project that is handed on.
pub(crate) fn transfer(secret: &str) -> String {
    format!("/accept-transfer/{}/", encoded(secret))
}

/// A picture that was sent, for a frame of at most half its side.
pub(crate) fn avatar(ident: &str) -> String {
    format!("/avatar/{}/?s=64", encoded(ident))
}

/// Where people ask to be let into an organization.
pub(crate) fn join(organization: &str) -> String {
    format!("/join/{}/", encoded(organization))
}

/// The page of an application that the user has made, or what one can do there.
pub(crate) fn application(client_id: &str, verb: &str) -> String {
    format!("{APPLICATIONS}{}/{verb}", encoded(client_id))
}

/// The link to a new password.
pub(crate) fn recovery(secret: &str) -> String {
    format!("{RECOVER}{}/", encoded(secret))
}

/// The page of one user for administrators, or what one can do there.
pub(crate) fn admin_user(user: i64, verb: &str) -> String {
    format!("{ADMIN_USERS}{user}/{verb}")
}

/// A job, and what an administrator does about it.
pub(crate) fn admin_job(job: i64, verb: &str) -> String {
    format!("{ADMIN_JOBS}{job}/{verb}")
}

/// A mail's text, for administrators.
/// The link that ends mails.
pub(crate) fn unsubscribe(token: &str) -> String {
    format!("/unsubscribe/{}/", encoded(token))
}

/// The link by which an address agrees to get mails.
pub(crate) fn agree(secret: &str) -> String {
    format!("/confirm-address/{}/", encoded(secret))
}

pub(crate) fn admin_mail(mail: i64) -> String {
    format!("{ADMIN_MAILS}{mail}/")
}

/// The addresses of one organization's pages. Those of pages carry the scope that the reader has chosen along.
#[derive(Debug, Clone, Default)]
pub(crate) struct Links {
    organization: String,
    /// The scope as a query string, empty when nothing was chosen.
    scope: String,
}

impl Links {
    pub(crate) fn new(organization: &str, scope: String) -> Self {
        Self {
            organization: encoded(organization),
            scope,
        }
    }

    fn page(&self, path: &str) -> String {
        // A reader without an organization, on an error page perhaps, goes home from everywhere.
        if self.organization.is_empty() {
            return HOME.to_owned();
        }
        with_query(format!("/organizations/{}/{path}", self.organization), &self.scope)
    }

    fn page_with(&self, path: &str, pairs: &[(&str, &str)]) -> String {
        let own = query(pairs.iter().copied());
        let query = if self.scope.is_empty() || own.is_empty() {
            own + &self.scope
        } else {
            format!("{own}&{}", self.scope)
        };
        with_query(format!("/organizations/{}/{path}", self.organization), &query)
    }

    /// Where a form posts to: no scope, it goes along in the form's `next`.
    fn action(&self, path: &str) -> String {
        format!("/organizations/{}/{path}", self.organization)
    }

    pub(crate) fn issues(&self) -> String {
        self.page("issues/")
    }

    /// The issue list's address without scope: what its forms and the scope bar send their fields to.
    pub(crate) fn issues_path(&self) -> String {
        self.action("issues/")
    }

    /// The issues that a search finds.
    pub(crate) fn search(&self, search: &str) -> String {
        self.issues_with(&[("query", search)])
    }

    pub(crate) fn issues_with(&self, pairs: &[(&str, &str)]) -> String {
        self.page_with("issues/", pairs)
    }

    /// The issue list of one project alone, whatever was chosen before.
    pub(crate) fn issues_of(&self, project: i64) -> String {
        with_query(self.action("issues/"), &query([("project", project.to_string())]))
    }

    pub(crate) fn bulk(&self) -> String {
        self.action("issues/bulk/")
    }

    pub(crate) fn issue(&self, issue: i64) -> String {
        self.page(&format!("issues/{issue}/"))
    }

    /// What one can do to an issue: `status`, `assign`, `priority`, `delete`.
    pub(crate) fn issue_action(&self, issue: i64, verb: &str) -> String {
        self.action(&format!("issues/{issue}/{verb}/"))
    }

    /// What one can do to a part of an issue: a comment, a link.
    pub(crate) fn issue_part(&self, issue: i64, part: &str, id: i64, verb: &str) -> String {
        self.action(&format!("issues/{issue}/{part}/{id}/{verb}"))
    }

    /// Where the list asks for what is new, with the search that it shows.
    pub(crate) fn issues_live(&self, pairs: &[(&str, &str)]) -> String {
        self.page_with("issues/live/", pairs)
    }

    pub(crate) fn issue_views(&self) -> String {
        self.page("issues/views/")
    }

    pub(crate) fn issue_views_action(&self) -> String {
        self.action("issues/views/")
    }

    /// A saved view of the list, or what one can do to it: `save/`, `delete/`, `star/`.
    pub(crate) fn issue_view(&self, view: i64, verb: &str) -> String {
        self.action(&format!("issues/views/{view}/{verb}"))
    }

    pub(crate) fn issue_merged(&self, issue: i64) -> String {
        self.page(&format!("issues/{issue}/merged/"))
    }

    pub(crate) fn issue_similar(&self, issue: i64) -> String {
        self.page(&format!("issues/{issue}/similar/"))
    }

    pub(crate) fn issue_events_with(&self, issue: i64, pairs: &[(&str, &str)]) -> String {
        self.page_with(&format!("issues/{issue}/events/"), pairs)
    }

    pub(crate) fn issue_events(&self, issue: i64) -> String {
        self.page(&format!("issues/{issue}/events/"))
    }

    /// One event of an issue: an event id, `latest` or `oldest`.
    pub(crate) fn event(&self, issue: i64, event: &str) -> String {
        self.page(&format!("issues/{issue}/events/{}/", encoded(event)))
    }

    pub(crate) fn event_with(&self, issue: i64, event: &str, pairs: &[(&str, &str)]) -> String {
        self.page_with(&format!("issues/{issue}/events/{}/", encoded(event)), pairs)
    }

    pub(crate) fn event_json(&self, issue: i64, event: &str) -> String {
        self.action(&format!("issues/{issue}/events/{}/json/", encoded(event)))
    }

    pub(crate) fn event_markdown(&self, issue: i64, event: &str) -> String {
        self.action(&format!("issues/{issue}/events/{}/markdown/", encoded(event)))
    }

    pub(crate) fn projects(&self) -> String {
        self.page("projects/")
    }

    pub(crate) fn projects_page(&self, page: usize) -> String {
        self.page_with("projects/", &[("page", &page.to_string())])
    }

    pub(crate) fn new_project(&self) -> String {
        self.page("projects/new/")
    }

    pub(crate) fn new_project_action(&self) -> String {
        self.action("projects/new/")
    }

    pub(crate) fn getting_started(&self, project: &str) -> String {
        self.page(&format!("projects/{}/getting-started/", encoded(project)))
    }

    pub(crate) fn getting_started_with(&self, project: &str, sdk: &str) -> String {
        self.page_with(
            &format!("projects/{}/getting-started/", encoded(project)),
            &[("sdk", sdk)],
        )
    }

    /// The part of the set-up page that asks whether an event has arrived.
    pub(crate) fn first_event(&self, project: &str) -> String {
        self.action(&format!("projects/{}/getting-started/first-event/", encoded(project)))
    }

    pub(crate) fn sample_event(&self, project: &str) -> String {
        self.action(&format!("projects/{}/sample-event/", encoded(project)))
    }

    pub(crate) fn project_settings(&self, project: &str) -> String {
        self.page(&format!("projects/{}/settings/", encoded(project)))
    }

    /// One page of a project's settings; where its form posts to is the same without scope.
    pub(crate) fn project_section(&self, project: &str, section: Section) -> String {
        self.page(&format!("projects/{}/settings/{}", encoded(project), section.path()))
    }

    pub(crate) fn project_section_with(&self, project: &str, section: Section, pairs: &[(&str, &str)]) -> String {
        self.page_with(
            &format!("projects/{}/settings/{}", encoded(project), section.path()),
            pairs,
        )
    }

    pub(crate) fn project_section_action(&self, project: &str, section: Section) -> String {
        self.action(&format!("projects/{}/settings/{}", encoded(project), section.path()))
    }

    /// Where another CODEOWNERS file is sent to.
    pub(crate) fn codeowners(&self, project: &str) -> String {
        self.project_section_action(project, Section::Ownership) + "codeowners/"
    }

    pub(crate) fn delete_codeowners(&self, project: &str, file: i64) -> String {
        format!("{}{file}/delete/", self.codeowners(project))
    }

    /// The settings of one key.
    pub(crate) fn key(&self, project: &str, public_key: &str) -> String {
        self.page(&format!(
            "projects/{}/settings/keys/{}/",
            encoded(project),
            encoded(public_key)
        ))
    }

    pub(crate) fn key_form(&self, project: &str, public_key: &str) -> String {
        self.action(&format!(
            "projects/{}/settings/keys/{}/",
            encoded(project),
            encoded(public_key)
        ))
    }

    pub(crate) fn organization_section(&self, section: OrganizationSection) -> String {
        self.page(&format!("settings/{}", section.path()))
    }

    pub(crate) fn organization_section_action(&self, section: OrganizationSection) -> String {
        self.action(&format!("settings/{}", section.path()))
    }

    /// What one can do to an address: `confirm` or `remove`.
    pub(crate) fn mail_address(&self, address: i64, verb: &str) -> String {
        self.action(&format!("settings/mail-addresses/{address}/{verb}/"))
    }

    pub(crate) fn organization_section_with(&self, section: OrganizationSection, pairs: &[(&str, &str)]) -> String {
        self.page_with(&format!("settings/{}", section.path()), pairs)
    }

    /// What one can do to a member or an invitation: `role`, `remove`, `resend`, `approve`.
    pub(crate) fn member(&self, member: i64, verb: &str) -> String {
        self.action(&format!("settings/members/{member}/{verb}/"))
    }

    /// What one can do to somebody's wish to join a team: `approve`, `refuse`.
    pub(crate) fn team_request(&self, request: i64, verb: &str) -> String {
        self.action(&format!("settings/team-requests/{request}/{verb}/"))
    }

    pub(crate) fn team(&self, team: &str) -> String {
        self.page(&format!("settings/teams/{}/", encoded(team)))
    }

    pub(crate) fn team_notifications(&self, team: &str) -> String {
        self.page(&format!("settings/teams/{}/notifications/", encoded(team)))
    }

    /// Where the form of a team is sent to, or what one can do to it: `join/`, `leave/`, `members/`, `delete/`.
    pub(crate) fn team_action(&self, team: &str, verb: &str) -> String {
        self.action(&format!("settings/teams/{}/{verb}", encoded(team)))
    }

    /// What one can do to a member of a team: `role`, `remove`.
    pub(crate) fn team_member(&self, team: &str, member: i64, verb: &str) -> String {
        self.action(&format!("settings/teams/{}/members/{member}/{verb}/", encoded(team)))
    }

    pub(crate) fn audit_csv(&self, pairs: &[(&str, &str)]) -> String {
        self.page_with("settings/audit-log/csv/", pairs)
    }

    pub(crate) fn membership(&self) -> String {
        self.action("settings/membership/")
    }

    pub(crate) fn delete_organization(&self) -> String {
        self.action("delete/")
    }

    pub(crate) fn restore_organization(&self) -> String {
        self.action("restore/")
    }

    /// Brings a deleted project back.
    pub(crate) fn restore_project(&self, project: i64) -> String {
        self.action(&format!("settings/projects/{project}/restore/"))
    }

    /// What one can do to a project's teams: `add/`, `remove/`.
    pub(crate) fn project_teams(&self, project: &str, verb: &str) -> String {
        self.action(&format!("projects/{}/settings/teams/{verb}", encoded(project)))
    }

    pub(crate) fn transfer_project(&self, project: &str) -> String {
        self.action(&format!("projects/{}/transfer/", encoded(project)))
    }

    /// What one can do to a token of the organization: `rename`, `revoke`.
    pub(crate) fn organization_token(&self, token: i64, verb: &str) -> String {
        self.action(&format!("settings/auth-tokens/{token}/{verb}/"))
    }

    pub(crate) fn stats(&self) -> String {
        self.page("stats/")
    }

    /// The page's address without scope: what its forms and the scope bar send their fields to.
    pub(crate) fn stats_path(&self) -> String {
        self.action("stats/")
    }

    pub(crate) fn stats_with(&self, pairs: &[(&str, &str)]) -> String {
        self.page_with("stats/", pairs)
    }

    pub(crate) fn stats_csv(&self, pairs: &[(&str, &str)]) -> String {
        self.page_with("stats/csv/", pairs)
    }

    pub(crate) fn discover_home(&self) -> String {
        self.page("discover/")
    }

    /// The page's address without scope: what its form sends its fields to.
    pub(crate) fn discover_path(&self) -> String {
        self.action("discover/")
    }

    /// A question about events.
    pub(crate) fn discover(&self, pairs: &[(&'static str, String)]) -> String {
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(key, value)| (*key, value.as_str())).collect();
        self.page_with("discover/", &pairs)
    }

    pub(crate) fn discover_csv(&self, pairs: &[(&'static str, String)]) -> String {
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(key, value)| (*key, value.as_str())).collect();
        self.page_with("discover/csv/", &pairs)
    }

    pub(crate) fn discover_queries(&self) -> String {
        self.action("discover/queries/")
    }

    /// A saved query, or what one can do to it: `save/`, `delete/`.
    pub(crate) fn discover_saved(&self, query: i64, verb: &str) -> String {
        self.action(&format!("discover/queries/{query}/{verb}"))
    }

    /// Where a search bar asks what could be typed.
    pub(crate) fn complete(&self, pairs: &[(&str, &str)]) -> String {
        self.page_with("search/complete/", pairs)
    }

    /// What one project sent, and what became of it, in a stretch of time up to now.
    pub(crate) fn stats_of(&self, project: i64, period: &str) -> String {
        let pairs = [("project", project.to_string()), ("statsPeriod", period.to_owned())];
        with_query(self.action("stats/"), &query(pairs))
    }

    /// An event that is found by its id alone; of an issue's event, the page leads to the issue.
    pub(crate) fn project_event(&self, project: &str, event: &str) -> String {
        self.page(&format!("projects/{}/events/{}/", encoded(project), encoded(event)))
    }

    pub(crate) fn project_event_with(&self, project: &str, event: &str, pairs: &[(&str, &str)]) -> String {
        self.page_with(
            &format!("projects/{}/events/{}/", encoded(project), encoded(event)),
            pairs,
        )
    }

    pub(crate) fn project_event_json(&self, project: &str, event: &str) -> String {
        self.action(&format!(
            "projects/{}/events/{}/json/",
            encoded(project),
            encoded(event)
        ))
    }

    pub(crate) fn issue_attachments(&self, issue: i64) -> String {
        self.page(&format!("issues/{issue}/attachments/"))
    }

    pub(crate) fn issue_attachments_with(&self, issue: i64, pairs: &[(&str, &str)]) -> String {
        self.page_with(&format!("issues/{issue}/attachments/"), pairs)
    }

    /// What one can do to an attachment: `download`, `view`, `delete`.
    pub(crate) fn attachment(&self, project: &str, event: &str, attachment: i64, verb: &str) -> String {
        let (project, event) = (encoded(project), encoded(event));
        self.action(&format!(
            "projects/{project}/events/{event}/attachments/{attachment}/{verb}/"
        ))
    }

    pub(crate) fn delete_project(&self, project: &str) -> String {
        self.action(&format!("projects/{}/delete/", encoded(project)))
    }

    pub(crate) fn new_key(&self, project: &str) -> String {
        self.action(&format!("projects/{}/keys/new/", encoded(project)))
    }

    /// What one can do to a key: `disable`, `enable`, `rotate`, `revoke`.
    pub(crate) fn key_action(&self, project: &str, public_key: &str, verb: &str) -> String {
        self.action(&format!(
            "projects/{}/keys/{}/{verb}/",
            encoded(project),
            encoded(public_key)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_carry_the_scope_and_encode_what_they_are_given() {
        let links = Links::new("a/b", "project=1".to_owned());
        assert_eq!(links.issue(7), "/organizations/a%2Fb/issues/7/?project=1");
        assert_eq!(
            links.issues_with(&[("query", "is:resolved a&b")]),
            "/organizations/a%2Fb/issues/?query=is%3Aresolved%20a%26b&project=1"
        );
        assert_eq!(
            links.event(7, "../x"),
            "/organizations/a%2Fb/issues/7/events/..%2Fx/?project=1"
        );
        assert_eq!(
            Links::new("acme", String::new()).projects(),
            "/organizations/acme/projects/"
        );
        assert_eq!(login("/a/?b=1"), "/auth/login/?next=%2Fa%2F%3Fb%3D1");
    }

    #[test]
    fn a_query_is_read_as_it_was_written() {
        let pairs = [("query", "is:resolved a&b=ü+1"), ("project", "1"), ("", "")];
        let read = parse_query(&query(pairs));
        assert_eq!(read, pairs.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert_eq!(
            parse_query("a+b=c+d&&e"),
            [("a b".to_owned(), "c d".to_owned()), ("e".to_owned(), String::new())]
        );
    }

    #[test]
    fn a_redirect_stays_here() {
        for good in ["/", "/organizations/acme/issues/?query=a//b"] {
            assert!(is_local(good), "{good}");
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "evil",
            "/a\n",
        ] {
            assert!(!is_local(bad), "{bad}");
        }
    }
}
