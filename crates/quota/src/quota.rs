use model::{DataCategory, OrganizationId, ProjectId, ProjectKeyId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// What a quota counts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    // In the order in which they are asked: the narrowest first.
    Key,
    Project,
    Organization,
    Global,
}

impl Scope {
    pub fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Project => "project",
            Self::Organization => "organization",
            Self::Global => "global",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Key, Self::Project, Self::Organization, Self::Global]
            .into_iter()
            .find(|scope| scope.name() == name)
    }
}

/// Whose an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scoping {
    pub organization: OrganizationId,
    pub project: ProjectId,
    pub key: ProjectKeyId,
}

impl Scoping {
    pub fn id(&self, scope: Scope) -> i64 {
        match scope {
            Scope::Key => self.key.0,
            Scope::Project => self.project.0,
            Scope::Organization => self.organization.0,
            Scope::Global => 0,
        }
    }
}

/// A limit on what comes in (`ingest.md` §1.6), in JSON as Relay knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quota {
    /// Tells the quotas of one scope apart.
    #[serde(default)]
    pub id: String,
    /// None stands for all.
    #[serde(default, with = "category_names")]
    pub categories: Vec<DataCategory>,
    pub scope: Scope,
    /// Whose; without it, everybody's of this scope, each with a count of their own.
    #[serde(default, with = "id_text")]
    pub scope_id: Option<i64>,
    /// Null limits nothing, 0 refuses all.
    #[serde(default)]
    pub limit: Option<u64>,
    /// In seconds. A limit other than 0 means nothing without one.
    #[serde(default)]
    pub window: Option<u64>,
    /// For metric buckets: those of one namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    #[serde(default)]
    pub reason_code: Option<String>,
}

impl Quota {
    pub(crate) fn applies_to(&self, scoping: &Scoping, category: DataCategory) -> bool {
        self.scope_id.is_none_or(|id| id == scoping.id(self.scope))
            && (self.categories.is_empty() || self.categories.contains(&category))
            && (self.namespace.is_none() || category == DataCategory::MetricBucket)
    }
}

/// The order in which quotas are asked: those of the key, of the project, of the organization.
pub fn in_order(mut quotas: Vec<Quota>) -> Vec<Quota> {
    quotas.sort_by_key(|quota| quota.scope);
    quotas
}

/// Names; what is not known is left out, unless nothing would be left: then the quota is not for what we know.
pub(crate) mod category_names {
    use super::{DataCategory, Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(categories: &[DataCategory], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(categories.iter().map(|category| category.name()))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<DataCategory>, D::Error> {
        let names = Option::<Vec<String>>::deserialize(deserializer)?.unwrap_or_default();
        Ok(from_names(names.iter().map(String::as_str)))
    }

    pub(crate) fn from_names<'a>(names: impl Iterator<Item = &'a str>) -> Vec<DataCategory> {
        let mut categories: Vec<DataCategory> = names
            .map(|name| DataCategory::from_name(name).unwrap_or(DataCategory::Unknown))
            .collect();
        categories.sort_unstable();
        categories.dedup();
        if categories.iter().any(|category| *category != DataCategory::Unknown) {
            categories.retain(|category| *category != DataCategory::Unknown);
        }
        categories
    }
}

/// Ids are texts in JSON.
mod id_text {
    use super::{Deserialize, Deserializer, Serializer, de};

    #[expect(clippy::ref_option, reason = "the signature that serde calls")]
    pub(super) fn serialize<S: Serializer>(id: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
        match id {
            Some(id) => serializer.collect_str(id),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(de::Error::custom)).transpose()
    }
}
