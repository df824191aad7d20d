/// An SDK that the set-up page has a snippet for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sdk {
    Python,
    Node,
    Browser,
    React,
    Php,
    Ruby,
    Go,
    Java,
    DotNet,
    Rust,
    Elixir,
    Flutter,
    Android,
    Apple,
}

impl Sdk {
    pub(crate) const ALL: [Self; 14] = [
        Self::Python,
        Self::Node,
        Self::Browser,
        Self::React,
        Self::Php,
        Self::Ruby,
        Self::Go,
        Self::Java,
        Self::DotNet,
        Self::Rust,
        Self::Elixir,
        Self::Flutter,
        Self::Android,
        Self::Apple,
    ];

    /// Its name in a URL, which is also the platform of a project that is made for it.
    pub(crate) fn platform(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Node => "node",
            Self::Browser => "javascript",
            Self::React => "javascript-react",
            Self::Php => "php",
            Self::Ruby => "ruby",
            Self::Go => "go",
            Self::Java => "java",
            Self::DotNet => "dotnet",
            Self::Rust => "rust",
            Self::Elixir => "elixir",
            Self::Flutter => "flutter",
            Self::Android => "android",
            Self::Apple => "apple-ios",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::Node => "Node.js",
            Self::Browser => "JavaScript (browser)",
            Self::React => "React",
            Self::Php => "PHP",
            Self::Ruby => "Ruby",
            Self::Go => "Go",
            Self::Java => "Java",
            Self::DotNet => ".NET",
            Self::Rust => "Rust",
            Self::Elixir => "Elixir",
            Self::Flutter => "Flutter",
            Self::Android => "Android",
            Self::Apple => "iOS",
        }
    }

    /// The SDK that fits a project's platform best: `python-django` is Python.
    pub(crate) fn of_platform(platform: &str) -> Option<Self> {
        let fits = |sdk: &&Self| sdk.platform() == platform;
        if let Some(sdk) = Self::ALL.iter().find(fits) {
            return Some(*sdk);
        }
        Some(match platform.split('-').next().unwrap_or(platform) {
            "python" => Self::Python,
            "node" | "bun" | "deno" => Self::Node,
            "javascript" | "electron" | "other" => Self::Browser,
            "php" => Self::Php,
            "ruby" => Self::Ruby,
            "go" => Self::Go,
            "java" | "kotlin" | "groovy" => Self::Java,
            "dotnet" | "csharp" => Self::DotNet,
            "rust" => Self::Rust,
            "elixir" => Self::Elixir,
            "flutter" | "dart" => Self::Flutter,
            "android" => Self::Android,
            "apple" | "cocoa" | "objc" | "swift" => Self::Apple,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sdk_is_found_by_its_own_platform_and_frameworks_by_their_language() {
        for sdk in Sdk::ALL {
            assert_eq!(Sdk::of_platform(sdk.platform()), Some(sdk));
        }
        assert_eq!(Sdk::of_platform("python-django"), Some(Sdk::Python));
        assert_eq!(Sdk::of_platform("javascript-vue"), Some(Sdk::Browser));
        assert_eq!(Sdk::of_platform(""), None);
    }
}
