//! The pages of the installation's administrators, in superuser mode only.

pub(crate) mod job;
pub(crate) mod jobs;
pub(crate) mod log;
pub(crate) mod mail;
pub(crate) mod mail_previews;
pub(crate) mod mail_server;
pub(crate) mod mails;
pub(crate) mod new_user;
pub(crate) mod organizations;
pub(crate) mod settings;
pub(crate) mod user;
pub(crate) mod users;

use httpkit::ApiError;

use crate::{
    gallery::{self, Sample},
    shell::{Part, Shell},
    urls::AdminSection,
    visit::Visit,
};

/// What stands around each of these pages.
async fn shell(visit: &Visit, section: AdminSection) -> Result<Shell, ApiError> {
    let title = format!("{} of the installation", section.name());
    visit.shell_of_user(Part::Settings, &title).await
}

fn sample_shell(section: AdminSection) -> Shell {
    let title = format!("{} of the installation", section.name());
    let mut shell = gallery::shell(Part::Settings, &title, section.path());
    if let Some(viewer) = &mut shell.viewer {
        (viewer.is_admin, viewer.is_superuser) = (true, true);
    }
    shell
}

pub(crate) fn samples() -> Vec<Sample> {
    [
        users::UsersPage::samples(),
        user::UserPage::samples(),
        organizations::OrganizationsPage::samples(),
        new_user::NewUserPage::samples(),
        mails::MailsPage::samples(),
        mail::MailPage::samples(),
        mail_previews::MailPreviewsPage::samples(),
        mail_server::MailServerPage::samples(),
        jobs::JobsPage::samples(),
        job::JobPage::samples(),
        log::LogPage::samples(),
        settings::SettingsPage::samples(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
