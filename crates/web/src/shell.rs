//! What stands around every page: the rail, the top bar, notices, and who is looking.

use model::Timestamp;

use crate::{
    avatar::Picture,
    scope::ScopeBar,
    time::Ago,
    urls::{self, Links, OrganizationSection},
};

/// Everything around a page.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shell {
    /// For the tab and for notifications: the page's own name first.
    pub(crate) title: String,
    pub(crate) part: Part,
    pub(crate) viewer: Option<Viewer>,
    pub(crate) organization: Option<OrganizationName>,
    /// The organizations that the viewer could change to.
    pub(crate) organizations: Vec<OrganizationName>,
    pub(crate) links: Links,
    pub(crate) scope: Option<ScopeBar>,
    /// The token that every form sends back.
    pub(crate) csrf: String,
    pub(crate) theme: Theme,
    pub(crate) rail: Rail,
    pub(crate) notice: Option<Notice>,
    /// The page's own address with its query: where a form leads back to.
    pub(crate) here: String,
    /// When the page was made: what "ago" counts from.
    pub(crate) now: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Part {
    #[default]
    None,
    Issues,
    Discover,
    Alerts,
    Projects,
    Stats,
    Settings,
}

#[derive(Debug, Clone)]
pub(crate) struct Viewer {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) picture: Picture,
    /// Empty for that of the browser.
    pub(crate) time_zone: String,
    /// Administers the installation.
    pub(crate) is_admin: bool,
    /// Acts as the owner of every organization for a while.
    pub(crate) is_superuser: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct OrganizationName {
    pub(crate) slug: String,
    pub(crate) name: String,
}

/// Light or dark, as the reader chose or as the system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Theme {
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub(crate) fn from_name(name: &str) -> Self {
        match name {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::Auto,
        }
    }
}

/// Whether the left rail shows words or icons alone (on a phone it is a drawer in any case).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Rail {
    #[default]
    Wide,
    Narrow,
}

impl Rail {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Narrow => "narrow",
        }
    }

    pub(crate) fn from_name(name: &str) -> Self {
        if name == "narrow" { Self::Narrow } else { Self::Wide }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::Wide => Self::Narrow,
            Self::Narrow => Self::Wide,
        }
    }
}

/// What the last action did, said once on the page after it.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub(crate) text: String,
    pub(crate) is_error: bool,
    pub(crate) undo: Option<Undo>,
}

/// The form that takes the last action back.
#[derive(Debug, Clone)]
pub(crate) struct Undo {
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
}

impl Shell {
    pub(crate) fn is_issues(&self) -> bool {
        self.part == Part::Issues
    }

    pub(crate) fn is_discover(&self) -> bool {
        self.part == Part::Discover
    }

    pub(crate) fn is_alerts(&self) -> bool {
        self.part == Part::Alerts
    }

    pub(crate) fn is_projects(&self) -> bool {
        self.part == Part::Projects
    }

    pub(crate) fn is_stats(&self) -> bool {
        self.part == Part::Stats
    }

    pub(crate) fn is_settings(&self) -> bool {
        self.part == Part::Settings
    }

    /// Where the rail's last entry leads: whoever belongs to no organization has settings of their own only.
    pub(crate) fn settings_link(&self) -> String {
        match self.organization {
            Some(_) => self.links.organization_section(OrganizationSection::General),
            None => urls::PROFILE.to_owned(),
        }
    }

    pub(crate) fn ago(&self, at: &Timestamp) -> Ago {
        Ago { at: *at, now: self.now }
    }

    pub(crate) fn organization_home(slug: &str) -> String {
        Links::new(slug, String::new()).issues()
    }

    pub(crate) fn login_again(&self) -> String {
        urls::login(&self.here)
    }
}
