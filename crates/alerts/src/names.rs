//! Closed sets of words, as they are on the wire and as people read them.

/// A word of a closed set.
pub(crate) trait Name: Copy + 'static {
    /// Each word on the wire, and as people read it.
    fn choices() -> Vec<(&'static str, &'static str)>;
    fn find(name: &str) -> Option<Self>;
}

macro_rules! names {
    ($($(#[$doc:meta])* $vis:vis enum $name:ident { $($(#[$of:meta])* $variant:ident = $wire:literal $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name {
            $($(#[$of])* $variant,)*
        }

        impl $name {
            $vis const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// As it is on the wire.
            $vis fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $wire,)*
                }
            }

            /// As people read it, within a sentence.
            $vis fn text(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            $vis fn find(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }

        impl $crate::names::Name for $name {
            fn choices() -> Vec<(&'static str, &'static str)> {
                Self::ALL.iter().map(|one| (one.name(), one.text())).collect()
            }

            fn find(name: &str) -> Option<Self> {
                $name::find(name)
            }
        }
    )*};
}

pub(crate) use names;
