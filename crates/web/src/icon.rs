use std::fmt;

use askama::filters::HtmlSafe;
use model::Level;

/// A picture of the one icon set, `templates/shell/icons.html`, which every page carries once.
///
/// Icons are decoration: they are hidden from screen readers, and a word stands beside each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    Alert,
    Archive,
    Assign,
    Attachment,
    Auto,
    Bell,
    Bookmark,
    Check,
    ChevronDown,
    Click,
    Clock,
    Console,
    Copy,
    Database,
    Debug,
    Discover,
    Dot,
    Download,
    Error,
    Fatal,
    First,
    Globe,
    Info,
    Issues,
    Key,
    Last,
    Menu,
    Moon,
    More,
    Next,
    Play,
    Plus,
    Previous,
    Projects,
    Reopen,
    Route,
    Search,
    Settings,
    Share,
    Shield,
    Stats,
    Sun,
    Trash,
    User,
    Warning,
}

impl Icon {
    pub(crate) fn of_level(level: Level) -> Self {
        match level {
            Level::Fatal => Self::Fatal,
            Level::Error => Self::Error,
            Level::Warning => Self::Warning,
            Level::Info => Self::Info,
            Level::Debug => Self::Debug,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Archive => "archive",
            Self::Assign => "assign",
            Self::Attachment => "attachment",
            Self::Auto => "auto",
            Self::Bell => "bell",
            Self::Bookmark => "bookmark",
            Self::Check => "check",
            Self::ChevronDown => "chevron-down",
            Self::Click => "click",
            Self::Clock => "clock",
            Self::Console => "console",
            Self::Copy => "copy",
            Self::Database => "database",
            Self::Debug => "debug",
            Self::Discover => "discover",
            Self::Dot => "dot",
            Self::Download => "download",
            Self::Error => "error",
            Self::Fatal => "fatal",
            Self::First => "first",
            Self::Globe => "globe",
            Self::Info => "info",
            Self::Issues => "issues",
            Self::Key => "key",
            Self::Last => "last",
            Self::Menu => "menu",
            Self::Moon => "moon",
            Self::More => "more",
            Self::Next => "next",
            Self::Play => "play",
            Self::Plus => "plus",
            Self::Previous => "previous",
            Self::Projects => "projects",
            Self::Reopen => "reopen",
            Self::Route => "route",
            Self::Search => "search",
            Self::Settings => "settings",
            Self::Share => "share",
            Self::Shield => "shield",
            Self::Stats => "stats",
            Self::Sun => "sun",
            Self::Trash => "trash",
            Self::User => "user",
            Self::Warning => "warning",
        }
    }
}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            r##"<svg class="icon" aria-hidden="true"><use href="#i-{}"/></svg>"##,
            self.name()
        )
    }
}

impl HtmlSafe for Icon {}

/// The mark of a level: its own shape, its own colour, and its name for those who see neither.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LevelMark(pub(crate) Level);

impl fmt::Display for LevelMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, icon) = (self.0.name(), Icon::of_level(self.0));
        write!(
            f,
            r#"<span class="level level-{name}" role="img" aria-label="{name}" title="{name}">{icon}</span>"#
        )
    }
}

impl HtmlSafe for LevelMark {}
