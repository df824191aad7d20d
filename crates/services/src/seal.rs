//! Secrets that have to be read again, as those of second factors: sealed, so that the database alone does not give them
//! away.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::secret;

/// Bytes of a key.
const KEY_BYTES: usize = 32;

/// What a secret is for: what was sealed for one purpose is not opened for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    SecondFactor,
    SignIn,
    Invitation,
    /// The key by which push services know the installation.
    PushKey,
    /// An option that is never shown.
    Option,
    /// A link in a mail that ends it.
    Unsubscribe,
    /// The address to which a mail is answered.
    Reply,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::SecondFactor => "second factor",
            Self::SignIn => "sign-in",
            Self::Invitation => "invitation",
            Self::PushKey => "push key",
            Self::Option => "option",
            Self::Unsubscribe => "unsubscribe",
            Self::Reply => "reply",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected keys of 64 hex digits each, separated by commas")]
pub struct KeyError;

/// The keys of an installation: the first one seals, all of them open.
#[derive(Debug)]
pub struct Sealer(Vec<Key>);

#[derive(Debug)]
struct Key {
    /// Stands in front of what was sealed with it.
    id: String,
    key: LessSafeKey,
    /// For what is signed and not sealed.
    signing: hmac::Key,
}

impl Key {
    fn new(bytes: &[u8; KEY_BYTES]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, bytes).expect("the key has the length of the algorithm");
        Self {
            id: secret::hex(&Sha256::digest(bytes)[..4]),
            key: LessSafeKey::new(key),
            signing: hmac::Key::new(hmac::HMAC_SHA256, &Sha256::digest([b"signing", &bytes[..]].concat())),
        }
    }
}

impl Sealer {
    /// Reads a list of keys, the newest first.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let keys: Option<Vec<Key>> = text
            .split(',')
            .map(|key| Some(Key::new(&read_key(key.trim())?)))
            .collect();
        keys.map(Self).ok_or(KeyError)
    }

    /// A key that nobody knows, good for as long as the process lives.
    pub(crate) fn random() -> Self {
        Self(vec![Key::new(&secret::random_bytes())])
    }

    /// A new key as text, for a file.
    pub fn new_key() -> String {
        secret::random_hex::<KEY_BYTES>()
    }

    pub fn seal(&self, purpose: Purpose, bytes: &[u8]) -> String {
        let key = self.0.first().expect("there is a key");
        let nonce = secret::random_bytes::<NONCE_LEN>();
        let mut sealed = bytes.to_vec();
        key.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(purpose.name().as_bytes()),
                &mut sealed,
            )
            .expect("what is sealed is short");
        let whole = [&nonce[..], &sealed].concat();
        format!("{}.{}", key.id, URL_SAFE_NO_PAD.encode(whole))
    }

    /// Signs what everybody may read, in 20 hexadecimal digits: for places with little room.
    pub(crate) fn sign(&self, purpose: Purpose, text: &str) -> String {
        self.0.first().expect("there is a key").sign(purpose, text)
    }

    /// Whether it was signed for this purpose with one of the keys.
    pub(crate) fn is_signed(&self, purpose: Purpose, text: &str, signature: &str) -> bool {
        let mut keys = self.0.iter();
        keys.any(|key| key.sign(purpose, text).as_bytes().ct_eq(signature.as_bytes()).into())
    }

    /// `None` for what was not sealed for this purpose with one of the keys.
    pub fn open(&self, purpose: Purpose, text: &str) -> Option<Vec<u8>> {
        let (id, whole) = text.split_once('.')?;
        let key = self.0.iter().find(|key| key.id == id)?;
        let mut whole = URL_SAFE_NO_PAD.decode(whole).ok()?;
        let (nonce, sealed) = whole.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let opened = key
            .key
            .open_in_place(nonce, Aad::from(purpose.name().as_bytes()), sealed);
        opened.ok().map(|bytes| bytes.to_vec())
    }
}

impl Key {
    fn sign(&self, purpose: Purpose, text: &str) -> String {
        let tag = hmac::sign(&self.signing, format!("{}\0{text}", purpose.name()).as_bytes());
        secret::hex(&tag.as_ref()[..10])
    }
}

fn read_key(text: &str) -> Option<[u8; KEY_BYTES]> {
    if text.len() != 2 * KEY_BYTES || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut key = [0; KEY_BYTES];
    for (byte, digits) in key.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_is_opened_with_its_key_and_for_its_purpose_only() {
        let (old, new) = ("0a".repeat(32), "0B".repeat(32));
        let sealed = Sealer::parse(&old).unwrap().seal(Purpose::SecondFactor, b"secret");
        assert!(!sealed.contains("secret"));
        let both = Sealer::parse(&format!("{new}, {old}")).unwrap();
        assert_eq!(
            both.open(Purpose::SecondFactor, &sealed).as_deref(),
            Some(&b"secret"[..])
        );
        assert_eq!(both.open(Purpose::SignIn, &sealed), None);
        assert_eq!(Sealer::parse(&new).unwrap().open(Purpose::SecondFactor, &sealed), None);
        assert_ne!(both.seal(Purpose::SecondFactor, b"secret"), sealed);
        for broken in ["", ".", "x.y", &sealed[..sealed.len() - 2], &format!("{sealed}AA")] {
            assert_eq!(both.open(Purpose::SecondFactor, broken), None, "{broken}");
        }
    }

    #[test]
    fn what_was_signed_is_known_by_its_keys_and_purpose() {
        let (old, new) = ("0a".repeat(32), "0b".repeat(32));
        let signature = Sealer::parse(&old).unwrap().sign(Purpose::Reply, "7.9");
        assert_eq!(signature.len(), 20);
        let both = Sealer::parse(&format!("{new},{old}")).unwrap();
        assert!(both.is_signed(Purpose::Reply, "7.9", &signature));
        assert!(!both.is_signed(Purpose::Reply, "7.8", &signature));
        assert!(!both.is_signed(Purpose::Unsubscribe, "7.9", &signature));
        assert!(!both.is_signed(Purpose::Reply, "7.9", &signature[1..]));
        assert!(
            !Sealer::parse(&new)
                .unwrap()
                .is_signed(Purpose::Reply, "7.9", &signature)
        );
    }

    #[test]
    fn keys_are_64_hex_digits() {
        assert!(Sealer::parse(&Sealer::new_key()).is_ok());
        for wrong in [
            "",
            "abc",
            &"g".repeat(64),
            &format!("{},", "a".repeat(64)),
            &"ü".repeat(32),
        ] {
            assert!(Sealer::parse(wrong).is_err(), "{wrong}");
        }
    }
}
