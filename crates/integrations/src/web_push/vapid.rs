use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use model::Timestamp;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde_json::json;
use url::Url;

/// Seconds for which a signature is good; services take at most a day.
const LIFETIME: i64 = 12 * 3600;

/// The key by which push services know this installation.
#[derive(Debug)]
pub struct VapidKey {
    pair: EcdsaKeyPair,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key for push messages cannot be used")]
pub struct VapidError;

impl VapidKey {
    /// A new key as text, to be kept: browsers that subscribed with one key take no messages of another.
    pub fn generate() -> String {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        STANDARD_NO_PAD.encode(document.expect("the machine has randomness"))
    }

    pub fn parse(text: &str) -> Result<Self, VapidError> {
        let document = STANDARD_NO_PAD.decode(text.trim()).map_err(|_| VapidError)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &document, &SystemRandom::new());
        pair.map(|pair| Self { pair }).map_err(|_| VapidError)
    }

    /// What browsers are told when they subscribe.
    pub fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.pair.public_key())
    }

    /// The header `Authorization` of a request to a push service.
    pub(super) fn authorization(&self, origin: &str, contact: &str, now: Timestamp) -> String {
        let expires = now.0.div_euclid(1_000_000) + LIFETIME;
        let head = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"ES256"}"#);
        let claims = json!({ "aud": origin, "exp": expires, "sub": contact }).to_string();
        let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(signature.expect("the machine has randomness"));
        format!("vapid t={signed}.{signature}, k={}", self.public())
    }
}

/// The service's part of the address of a browser.
pub(super) fn origin(endpoint: &str) -> Option<String> {
    let url = Url::parse(endpoint).ok()?;
    let is_web = matches!(url.scheme(), "https" | "http") && url.host_str().is_some_and(|host| !host.is_empty());
    is_web.then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_request_says_who_sends_it_to_whom_until_when() {
        let key = VapidKey::parse(&VapidKey::generate()).unwrap();
        let now = Timestamp(1_700_000_000_000_000);
        let header = key.authorization("https://push.example", "mailto:ops@tocsin.example", now);
        let (token, public) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        assert_eq!(public, key.public());
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.').unwrap().1).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(
            claims,
            json!({"aud": "https://push.example", "exp": 1_700_043_200, "sub": "mailto:ops@tocsin.example"})
        );
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, URL_SAFE_NO_PAD.decode(public).unwrap());
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        public.verify(signed.as_bytes(), &signature).unwrap();
        assert!(public.verify(b"another", &signature).is_err());
        assert!(VapidKey::parse("AAAA").is_err());
    }

    #[test]
    fn the_audience_is_the_origin_of_the_push_service() {
        assert_eq!(
            origin("https://push.example/send/abc?x").as_deref(),
            Some("https://push.example")
        );
        assert_eq!(origin("mailto:a@b"), None);
        assert_eq!(origin("x"), None);
    }
}
