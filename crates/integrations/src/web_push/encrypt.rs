use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    agreement::{self, ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey},
    hkdf::{HKDF_SHA256, KeyType, Prk, Salt},
    rand::{SecureRandom as _, SystemRandom},
};

const PUBLIC_BYTES: usize = 65;
const SECRET_BYTES: usize = 16;
const SALT_BYTES: usize = 16;

/// Bytes of one record: all of a message is in the first (RFC 8188 §2).
const RECORD_BYTES: u32 = 4096;

/// Ends the text of the last record.
const LAST: u8 = 2;

/// The keys of one browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Receiver {
    public: [u8; PUBLIC_BYTES],
    secret: [u8; SECRET_BYTES],
}

impl Receiver {
    pub(super) fn parse(public: &str, secret: &str) -> Option<Self> {
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
        let public: [u8; PUBLIC_BYTES] = decode(public)?.try_into().ok()?;
        let secret = decode(secret)?.try_into().ok()?;
        // An uncompressed point.
        (public[0] == 4).then_some(Self { public, secret })
    }

    /// The body of a push message; `None` if the browser's key is no point of the curve.
    pub(super) fn encrypt(&self, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        let mut salt = [0; SALT_BYTES];
        random.fill(&mut salt).ok()?;
        let own = EphemeralPrivateKey::generate(&ECDH_P256, &random).ok()?;
        let own_public: [u8; PUBLIC_BYTES] = own.compute_public_key().ok()?.as_ref().try_into().ok()?;
        let their = UnparsedPublicKey::new(&ECDH_P256, &self.public);
        agreement::agree_ephemeral(own, &their, |shared| {
            let keys = Keys::derive(shared, self, &own_public, salt)?;
            keys.body(message, &own_public, salt)
        })
        .ok()?
    }
}

/// What one message is encrypted with.
struct Keys {
    key: [u8; 16],
    nonce: [u8; NONCE_LEN],
}

impl Keys {
    /// RFC 8291 §3.4.
    fn derive(shared: &[u8], to: &Receiver, own: &[u8; PUBLIC_BYTES], salt: [u8; SALT_BYTES]) -> Option<Self> {
        let info = [b"WebPush: info\0", &to.public[..], own].concat();
        let input: [u8; 32] = expand(&Salt::new(HKDF_SHA256, &to.secret).extract(shared), &info)?;
        let prk = Salt::new(HKDF_SHA256, &salt).extract(&input);
        Some(Self {
            key: expand(&prk, b"Content-Encoding: aes128gcm\0")?,
            nonce: expand(&prk, b"Content-Encoding: nonce\0")?,
        })
    }

    /// Head and record: RFC 8188 §2.1.
    fn body(&self, message: &[u8], own: &[u8; PUBLIC_BYTES], salt: [u8; SALT_BYTES]) -> Option<Vec<u8>> {
        let mut record = [message, &[LAST]].concat();
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &self.key).ok()?);
        let nonce = Nonce::assume_unique_for_key(self.nonce);
        key.seal_in_place_append_tag(nonce, Aad::empty(), &mut record).ok()?;
        let length = u8::try_from(PUBLIC_BYTES).ok()?;
        Some([&salt[..], &RECORD_BYTES.to_be_bytes(), &[length], own, &record].concat())
    }
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(prk: &Prk, info: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    prk.expand(&[info], Length(N)).ok()?.fill(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        URL_SAFE_NO_PAD.decode(text).unwrap().try_into().unwrap()
    }

    /// RFC 8291, appendix A.
    #[test]
    fn the_example_of_the_standard_is_encrypted_as_printed_there() {
        let to = Receiver::parse(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "BTBZMqHH6r4Tts7J_aSIgg",
        )
        .unwrap();
        let own = bytes("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8");
        let shared: [u8; 32] = bytes("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw");
        let keys = Keys::derive(&shared, &to, &own, salt).unwrap();
        assert_eq!(keys.key, bytes("oIhVW04MRdy2XN9CiKLxTg"));
        assert_eq!(keys.nonce, bytes("4h_95klXJ5E_qnoN"));
        let body = keys
            .body(b"When I grow up, I want to be a watermelon", &own, salt)
            .unwrap();
        assert_eq!(
            URL_SAFE_NO_PAD.encode(body),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl\
             7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn a_browser_reads_what_was_encrypted_for_it() {
        let random = SystemRandom::new();
        let private = EphemeralPrivateKey::generate(&ECDH_P256, &random).unwrap();
        let public: [u8; PUBLIC_BYTES] = private.compute_public_key().unwrap().as_ref().try_into().unwrap();
        let to = Receiver {
            public,
            secret: [7; SECRET_BYTES],
        };
        let body = to.encrypt(b"{\"title\":\"x\"}").unwrap();
        let (salt, rest) = body.split_at(SALT_BYTES);
        let (head, rest) = rest.split_at(5);
        assert_eq!(head, [0, 0, 16, 0, 65]);
        let (sender, record) = rest.split_at(PUBLIC_BYTES);
        let sender: [u8; PUBLIC_BYTES] = sender.try_into().unwrap();
        let keys = agreement::agree_ephemeral(private, &UnparsedPublicKey::new(&ECDH_P256, &sender), |shared| {
            Keys::derive(shared, &to, &sender, salt.try_into().unwrap()).unwrap()
        })
        .unwrap();
        let mut record = record.to_vec();
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &keys.key).unwrap());
        let plain = key
            .open_in_place(Nonce::assume_unique_for_key(keys.nonce), Aad::empty(), &mut record)
            .unwrap();
        assert_eq!(plain, b"{\"title\":\"x\"}\x02");
    }

    #[test]
    fn wrong_keys_are_refused() {
        assert_eq!(Receiver::parse("", ""), None);
        assert_eq!(Receiver::parse("AAAA", "BTBZMqHH6r4Tts7J_aSIgg"), None);
        let no_point = Receiver {
            public: [4; PUBLIC_BYTES],
            secret: [0; SECRET_BYTES],
        };
        assert_eq!(no_point.encrypt(b"x"), None);
    }
}
