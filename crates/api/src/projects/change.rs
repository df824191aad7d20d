use httpkit::ApiError;
use services::projects::ProjectChange;

use crate::body::Fields;

/// The body that creates a project. Without `slug`, one is made of the name; with `"default_rules": false`, it begins
/// without alert rules.
#[derive(Debug)]
pub(super) struct NewProject {
    name: String,
    slug: Option<String>,
    platform: Option<String>,
    default_rules: bool,
}

impl NewProject {
    pub(super) fn read(mut fields: Fields) -> Result<Self, ApiError> {
        let name = fields.required_text("name");
        let slug = fields.text("slug").filter(|slug| !slug.is_empty());
        let platform = fields.text("platform");
        let default_rules = fields.flag("default_rules").unwrap_or(true);
        fields.finish()?;
        Ok(Self {
            name: name.unwrap_or_default(),
            slug,
            platform,
            default_rules,
        })
    }

    pub(super) fn change(&self) -> ProjectChange<'_> {
        ProjectChange {
            name: Some(&self.name),
            slug: self.slug.as_deref(),
            platform: self.platform.as_deref(),
            without_rules: !self.default_rules,
        }
    }
}

/// The body that changes one; fields that are absent stay.
#[derive(Debug)]
pub(super) struct ChangedProject {
    name: Option<String>,
    slug: Option<String>,
    platform: Option<String>,
}

impl ChangedProject {
    /// Reads what is no setting; what is wrong is noted in `fields`.
    pub(super) fn read(fields: &mut Fields) -> Self {
        let name = if fields.is_given("name") {
            fields.required_text("name")
        } else {
            None
        };
        let slug = if fields.is_given("slug") {
            fields.required_text("slug")
        } else {
            None
        };
        // `null` takes the platform away.
        let platform = if fields.is_given("platform") {
            Some(fields.text("platform").unwrap_or_default())
        } else {
            None
        };
        Self { name, slug, platform }
    }

    pub(super) fn change(&self) -> ProjectChange<'_> {
        ProjectChange {
            name: self.name.as_deref(),
            slug: self.slug.as_deref(),
            platform: self.platform.as_deref(),
            without_rules: false,
        }
    }
}
