//! X.509 certificates of RSA keys: made, and read as far as IAM needs them.

use aws_lc_rs::{
    digest::{SHA1_FOR_LEGACY_USE_ONLY, digest},
    signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256},
};
use names::{Duration, Timestamp};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, date_time_ymd};

const DAY: Duration = Duration::from_secs(86_400);

/// Tags of DER (ITU-T X.690).
const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const VERSION: u8 = 0xa0;

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Certificate<'a> {
    /// In RFC 3339, to the second: the last day that there is, which stands for
    /// ever, is no [`Timestamp`].
    pub(crate) valid_after: String,
    pub(crate) valid_before: String,
    /// The RSA key as SubjectPublicKeyInfo in DER.
    pub(crate) public_key: &'a [u8],
}

impl<'a> Certificate<'a> {
    /// Reads a certificate in DER; `None` if it is none, or not of an RSA key of
    /// at least 2048 bits. Its signature is not checked: who uploads a key signs
    /// it with the same key.
    pub(crate) fn read(der: &'a [u8]) -> Option<Self> {
        let [certificate] = elements(der)?[..] else {
            return None;
        };
        let signed = elements(certificate.of(SEQUENCE)?)?;
        let fields = elements(signed.first()?.of(SEQUENCE)?)?;
        let fields = match fields.first()?.tag {
            VERSION => &fields[1..],
            _ => &fields[..],
        };
        let [_serial, _algorithm, _issuer, validity, _subject, key, ..] = fields else {
            return None;
        };
        let [after, before] = elements(validity.of(SEQUENCE)?)?[..] else {
            return None;
        };
        ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.whole).ok()?;
        Some(Self {
            valid_after: after.time()?,
            valid_before: before.time()?,
            public_key: key.whole,
        })
    }

    pub(super) fn is_valid(&self, now: Timestamp) -> bool {
        let now = Timestamp::from_seconds(now.as_seconds()).to_string();
        self.valid_after <= now && now <= self.valid_before
    }

    /// The ID of the key: 40 hexadecimal digits, as Google's have.
    pub(crate) fn key_id(&self) -> String {
        let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, self.public_key);
        digest.as_ref().iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// The certificate (DER) of a key (PKCS #8 DER) that is valid for ever.
///
/// # Errors
/// The key is none.
pub(crate) fn self_signed(
    pkcs8: &[u8],
    subject: &str,
    now: Timestamp,
) -> Result<Vec<u8>, rcgen::Error> {
    let key = KeyPair::try_from(pkcs8)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, subject);
    let seconds = u64::try_from(now.as_seconds()).unwrap_or(0);
    params.not_before = date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds);
    params.not_after = date_time_ymd(9999, 12, 31) + (DAY - Duration::from_secs(1));
    Ok(params.self_signed(&key)?.der().to_vec())
}

/// An element of DER.
#[derive(Debug, Clone, Copy)]
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    whole: &'a [u8],
}

impl<'a> Element<'a> {
    /// The content, if the element has this tag.
    fn of(&self, tag: u8) -> Option<&'a [u8]> {
        (self.tag == tag).then_some(self.content)
    }

    /// `YYMMDDHHMMSSZ` until 2049, `YYYYMMDDHHMMSSZ` afterwards (RFC 5280).
    fn time(&self) -> Option<String> {
        let text = std::str::from_utf8(self.content).ok()?;
        let text = match (self.tag, text.get(..2)?) {
            (UTC_TIME, year) if year < "50" => format!("20{text}"),
            (UTC_TIME, _) => format!("19{text}"),
            (GENERALIZED_TIME, _) => text.to_owned(),
            _ => return None,
        };
        let part = |from: usize| text.get(from..from + 2);
        let (year, month, day) = (text.get(..4)?, part(4)?, part(6)?);
        let (hour, minute, second) = (part(8)?, part(10)?, part(12)?);
        let is_whole = text.len() == 15 && text.ends_with('Z');
        is_whole.then(|| format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z"))
    }
}

/// The elements in some DER, one after the other.
fn elements(mut der: &[u8]) -> Option<Vec<Element<'_>>> {
    let mut found = Vec::new();
    while !der.is_empty() {
        let short = *der.get(1)?;
        let (length, header) = match short.checked_sub(0x80) {
            None => (usize::from(short), 2),
            Some(count @ 1..=4) => {
                let header = 2 + usize::from(count);
                let bytes = der.get(2..header)?;
                let length = bytes.iter().fold(0, |sum, b| sum << 8 | usize::from(*b));
                (length, header)
            }
            Some(_) => return None,
        };
        let whole = der.get(..header.checked_add(length)?)?;
        found.push(Element {
            tag: der[0],
            content: &whole[header..],
            whole,
        });
        der = &der[whole.len()..];
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::Signer;

    #[test]
    fn a_certificate_is_read_back() {
        let signer = Signer::generate();
        let key = signer.to_pkcs8().expect("PKCS #8");
        let now: Timestamp = "2026-11-29T20:00:00Z".parse().expect("a time");
        let der = self_signed(&key, "1042", now).expect("a certificate");
        let read = Certificate::read(&der).expect("read");
        assert_eq!(read.valid_after, now.to_string());
        assert_eq!(read.valid_before, "9999-12-31T23:59:59Z");
        let second = Duration::from_secs(1);
        assert!(read.is_valid(now) && !read.is_valid(now - second));
        assert_eq!(read.key_id().len(), 40);
        // Cut anywhere, or with another tag, it is none.
        for cut in 0..der.len() {
            assert_eq!(Certificate::read(&der[..cut]), None, "{cut}");
        }
        let elliptic = KeyPair::generate().expect("a key");
        let other = self_signed(&elliptic.serialize_der(), "1042", now).expect("a certificate");
        assert_eq!(Certificate::read(&other), None, "no RSA key");
    }
}
