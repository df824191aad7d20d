use protocol::event::Frame;

/// What kinds of platforms have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Family {
    Native,
    JavaScript,
    Other,
}

impl Family {
    pub(crate) const ALL: [Self; 3] = [Self::Native, Self::JavaScript, Self::Other];

    pub(crate) fn of_platform(platform: &str) -> Self {
        match platform {
            "objc" | "cocoa" | "swift" | "native" | "c" => Self::Native,
            "javascript" | "node" => Self::JavaScript,
            _ => Self::Other,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::JavaScript => "javascript",
            Self::Other => "other",
        }
    }
}

/// A frame's own platform comes before that of its event.
pub(crate) fn platform<'a>(frame: &'a Frame, of_event: &'a str) -> &'a str {
    frame.platform.as_deref().unwrap_or(of_event)
}

/// Some of the families, as a rule lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Families(u8);

impl Families {
    pub(crate) const ALL: Self = Self(0b111);

    /// `native,javascript` or `all`; what is no family is no member.
    pub(crate) fn of_list(list: &str) -> Self {
        let mut families = Self::default();
        for name in list.split(',').map(str::trim) {
            if name == "all" {
                return Self::ALL;
            }
            for family in Family::ALL.into_iter().filter(|family| family.name() == name) {
                families.insert(family);
            }
        }
        families
    }

    pub(crate) fn insert(&mut self, family: Family) {
        self.0 |= 1 << family as u8;
    }

    pub(crate) fn contains(self, family: Family) -> bool {
        self.0 & 1 << family as u8 != 0
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn except(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}
