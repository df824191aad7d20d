//! How a text is held against another: in any case, one of several is enough, and denied ones need all.

use crate::names::names;

names! {
    pub enum TextMatch {
        Equals = "eq" "equals",
        DoesNotEqual = "ne" "does not equal",
        StartsWith = "sw" "starts with",
        DoesNotStartWith = "nsw" "does not start with",
        EndsWith = "ew" "ends with",
        DoesNotEndWith = "new" "does not end with",
        Contains = "co" "contains",
        DoesNotContain = "nc" "does not contain",
        IsSet = "is" "is set",
        IsNotSet = "ns" "is not set",
        IsIn = "in" "is one of",
        IsNotIn = "nin" "is none of",
    }
}

impl TextMatch {
    /// Whether there is a value to compare with.
    pub fn has_value(self) -> bool {
        !matches!(self, Self::IsSet | Self::IsNotSet)
    }

    /// Whether it is so of `values`, all that an event has; `wanted` is in lower case.
    pub(super) fn holds<'v>(self, wanted: &str, mut values: impl Iterator<Item = std::borrow::Cow<'v, str>>) -> bool {
        let mut any = |is_so: &dyn Fn(&str) -> bool| values.any(|value| is_so(&value.to_lowercase()));
        let is_listed = |value: &str| wanted.split(',').any(|one| one.trim() == value);
        match self {
            Self::Equals => any(&|value| value == wanted),
            Self::DoesNotEqual => !any(&|value| value == wanted),
            Self::StartsWith => any(&|value| value.starts_with(wanted)),
            Self::DoesNotStartWith => !any(&|value| value.starts_with(wanted)),
            Self::EndsWith => any(&|value| value.ends_with(wanted)),
            Self::DoesNotEndWith => !any(&|value| value.ends_with(wanted)),
            Self::Contains => any(&|value| value.contains(wanted)),
            Self::DoesNotContain => !any(&|value| value.contains(wanted)),
            Self::IsIn => any(&is_listed),
            Self::IsNotIn => !any(&is_listed),
            Self::IsSet => any(&|_| true),
            Self::IsNotSet => !any(&|_| true),
        }
    }
}
