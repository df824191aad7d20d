/// What a member is in an organization. Later ones may do all that earlier ones may. Stored by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrganizationRole {
    /// Sees the organization and none of its projects.
    Billing,
    Member,
    /// A member who may change the teams they are in and the projects of these.
    Admin,
    Manager,
    Owner,
}

impl OrganizationRole {
    /// From the least to the most.
    pub const ALL: [Self; 5] = [Self::Billing, Self::Member, Self::Admin, Self::Manager, Self::Owner];

    pub fn name(self) -> &'static str {
        match self {
            Self::Billing => "billing",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Owner => "owner",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Billing => "Billing",
            Self::Member => "Member",
            Self::Admin => "Admin",
            Self::Manager => "Manager",
            Self::Owner => "Owner",
        }
    }

    /// The least role in each team that a member of this role has there.
    pub fn least_team_role(self) -> TeamRole {
        if self >= Self::Admin {
            TeamRole::Admin
        } else {
            TeamRole::Contributor
        }
    }
}

/// What a member is in a team. Stored by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TeamRole {
    Contributor,
    /// May change the team, its members and its projects.
    Admin,
}

impl TeamRole {
    pub const ALL: [Self; 2] = [Self::Contributor, Self::Admin];

    pub fn name(self) -> &'static str {
        match self {
            Self::Contributor => "contributor",
            Self::Admin => "admin",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Contributor => "Contributor",
            Self::Admin => "Team admin",
        }
    }
}

/// What a user may do with the whole installation. Stored by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserPermission {
    /// May act as the owner of every organization, for a while and after a password.
    Superuser,
    UsersAdmin,
    OptionsAdmin,
    BroadcastsAdmin,
}

impl UserPermission {
    pub const ALL: [Self; 4] = [
        Self::Superuser,
        Self::UsersAdmin,
        Self::OptionsAdmin,
        Self::BroadcastsAdmin,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Superuser => "superuser",
            Self::UsersAdmin => "users.admin",
            Self::OptionsAdmin => "options.admin",
            Self::BroadcastsAdmin => "broadcasts.admin",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.name() == name)
    }
}
