//! Classes that Java and its frameworks make at run time, and number (`ingest.md` §6.4).

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;

use crate::Component;

/// Each keeps its first group, in this order.
static GENERATED: LazyLock<[Regex; 7]> = LazyLock::new(|| {
    [
        r"(sun\.reflect\.Generated(?:Serialization)?ConstructorAccessor)[0-9]+",
        r"(\$\$[0-9A-Za-z_]+?CGLIB\$\$)[0-9A-Fa-f]+(?:_[0-9]+)?",
        JAVASSIST,
        r"(\$fn__)[0-9]+",
        r"(\$?\$EnhancerBy[0-9A-Za-z_]+?\$?\$)[0-9A-Fa-f]+(?:_[0-9]+)?",
        r"(\$?\$FastClassBy[0-9A-Za-z_]+?\$?\$)[0-9A-Fa-f]+(?:_[0-9]+)?",
        r"(\$?\$HibernateProxy\$?\$)[0-9A-Za-z_]+",
    ]
    .map(compile)
});

const JAVASSIST: &str = r"(\$\$_javassist)(?:_seam)?(?:_[0-9]+)?";

static JAVASSIST_FILE: LazyLock<Regex> = LazyLock::new(|| compile(JAVASSIST));

fn compile(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns are constants and tested")
}

pub(super) fn module(module: &str) -> Component {
    let accessors = [
        "sun.reflect.GeneratedMethodAccessor",
        "jdk.internal.reflect.GeneratedMethodAccessor",
    ];
    if module.contains("$$Lambda$") {
        return Component::text("module", module).ignored("not used: the module of a lambda is generated");
    }
    if let Some(accessor) = accessors.into_iter().find(|accessor| module.starts_with(accessor)) {
        return Component::text("module", accessor).hinted("the generated number was removed");
    }
    if !module.contains(['$', '@']) && !module.starts_with("sun.reflect.") {
        return Component::text("module", module);
    }
    let cleaned = GENERATED
        .iter()
        .fold(Cow::Borrowed(module), |name, pattern| clean(name, pattern));
    cleaned_text("module", module, cleaned)
}

pub(super) fn filename(base: String) -> Component {
    let cleaned = clean(Cow::Borrowed(&base), &JAVASSIST_FILE);
    cleaned_text("filename", &base, cleaned)
}

fn clean<'a>(name: Cow<'a, str>, pattern: &Regex) -> Cow<'a, str> {
    match pattern.replace_all(&name, "${1}<auto>") {
        Cow::Borrowed(_) => name,
        Cow::Owned(cleaned) => cleaned.into(),
    }
}

fn cleaned_text(id: &'static str, original: &str, cleaned: Cow<'_, str>) -> Component {
    let changed = cleaned != original;
    let component = Component::text(id, cleaned);
    if changed {
        component.hinted("what is generated was replaced")
    } else {
        component
    }
}
