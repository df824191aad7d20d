use http::{HeaderMap, header};
use serde::Serialize;

use crate::parameters::Parameters;

/// The words of the dialog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Texts {
    /// As in `lang`.
    lang: String,
    title: String,
    subtitle: String,
    subtitle2: String,
    label_name: String,
    label_email: String,
    label_comments: String,
    label_close: String,
    label_submit: String,
    error_generic: String,
    error_form_entry: String,
    success_message: String,
}

/// The languages that the dialog has words in, English first.
const LANGUAGES: [(&str, [&str; 11]); 4] = [
    (
        "en",
        [
            "Something went wrong here.",
            "The people who look after this site have been told.",
            "Would you like to help? Tell us what happened.",
            "Name",
            "E-mail",
            "What happened?",
            "Close",
            "Send report",
            "The report could not be sent. Please try again.",
            "Some fields are not filled in correctly. Please mend them and send again.",
            "Your report has been sent. Thank you!",
        ],
    ),
    (
        "de",
        [
            "Hier ist etwas schiefgegangen.",
            "Die Betreiber dieser Seite wissen Bescheid.",
            "Möchten Sie helfen? Schreiben Sie uns, was passiert ist.",
            "Name",
            "E-Mail",
            "Was ist passiert?",
            "Schließen",
            "Bericht senden",
            "Der Bericht konnte nicht gesendet werden. Bitte versuchen Sie es noch einmal.",
            "Einige Felder sind nicht richtig ausgefüllt. Bitte berichtigen Sie sie und senden Sie noch einmal.",
            "Ihr Bericht wurde gesendet. Vielen Dank!",
        ],
    ),
    (
        "es",
        [
            "Algo ha salido mal.",
            "Las personas que cuidan de este sitio ya lo saben.",
            "¿Quiere ayudar? Cuéntenos qué ha pasado.",
            "Nombre",
            "Correo electrónico",
            "¿Qué ha pasado?",
            "Cerrar",
            "Enviar informe",
            "No se ha podido enviar el informe. Inténtelo de nuevo.",
            "Algunos campos no están bien rellenados. Corríjalos y envíe de nuevo.",
            "Su informe se ha enviado. ¡Gracias!",
        ],
    ),
    (
        "fr",
        [
            "Un problème est survenu.",
            "Les personnes qui s’occupent de ce site ont été prévenues.",
            "Voulez-vous aider ? Dites-nous ce qui s’est passé.",
            "Nom",
            "E-mail",
            "Que s’est-il passé ?",
            "Fermer",
            "Envoyer le rapport",
            "Le rapport n’a pas pu être envoyé. Veuillez réessayer.",
            "Certains champs ne sont pas remplis correctement. Corrigez-les et envoyez à nouveau.",
            "Votre rapport a été envoyé. Merci !",
        ],
    ),
];

/// Longer texts are cut: they come from the address.
const MAX_CHARS: usize = 500;

impl Texts {
    /// What the query names; the rest in the language of `lang`, or else of the browser.
    pub(super) fn of(parameters: &Parameters, headers: &HeaderMap) -> Self {
        let asked = parameters.filled("lang");
        let accepted = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok());
        let (lang, words) = language(asked, accepted.unwrap_or_default());
        let text = |name: &str, index: usize| {
            // An empty text is a wish as well: nothing is shown there.
            let text = parameters.get(name).unwrap_or(words[index]);
            text.chars().take(MAX_CHARS).collect()
        };
        Self {
            lang: lang.to_owned(),
            title: text("title", 0),
            subtitle: text("subtitle", 1),
            subtitle2: text("subtitle2", 2),
            label_name: text("labelName", 3),
            label_email: text("labelEmail", 4),
            label_comments: text("labelComments", 5),
            label_close: text("labelClose", 6),
            label_submit: text("labelSubmit", 7),
            error_generic: text("errorGeneric", 8),
            error_form_entry: text("errorFormEntry", 9),
            success_message: text("successMessage", 10),
        }
    }
}

/// The first language that is known: `de` for `de-AT`.
fn language(asked: Option<&str>, accepted: &str) -> (&'static str, &'static [&'static str; 11]) {
    let accepted = accepted.split(',').filter_map(|range| range.split(';').next());
    let find = |tag: &str| {
        let primary = tag
            .trim()
            .split(['-', '_'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        LANGUAGES.iter().find(|(name, _)| *name == primary)
    };
    let found = asked.into_iter().chain(accepted).find_map(find);
    let (name, words) = found.unwrap_or(&LANGUAGES[0]);
    (name, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_asked_for_or_the_browsers() {
        for (asked, accepted, expected) in [
            (None, "", "en"),
            (Some("de"), "fr", "de"),
            (Some("DE-at"), "", "de"),
            (Some("pt_BR"), "", "en"),
            (Some("xx"), "nl, es;q=0.8, en;q=0.5", "es"),
            (None, "fr-CH, fr;q=0.9", "fr"),
            (None, ";;;,,", "en"),
        ] {
            assert_eq!(language(asked, accepted).0, expected, "{asked:?} {accepted}");
        }
        for (name, words) in &LANGUAGES {
            assert!(words.iter().all(|word| !word.is_empty()), "{name}");
        }
    }
}
