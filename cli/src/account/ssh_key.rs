//! The user's SSH key file: only a key that jobs can use is accepted. Pure.

use base64::{Engine, prelude::BASE64_STANDARD};
use plan::Secret;
use ssh_key::{Algorithm, PrivateKey};
use thiserror::Error;

/// Why a file is not a key that jobs can use. `Display` says what to do.
#[derive(Debug, PartialEq, Eq, Error)]
pub(crate) enum InvalidSshKey {
    /// It has no private key.
    #[error(
        "it is not a private SSH key: the line `-----BEGIN OPENSSH PRIVATE KEY-----` is missing"
    )]
    NotPrivate,
    /// It is a private key in another format.
    #[error("it is not in OpenSSH's own format, to which `ssh-keygen -p -f FILE` converts a copy")]
    OtherFormat,
    /// It has a passphrase.
    #[error(
        "it has a passphrase, which no job can enter; `ssh-keygen -p -f FILE` removes it from a copy"
    )]
    Passphrase,
    /// It is of no use without a hardware token.
    #[error("it needs a security key, which no machine has")]
    SecurityKey,
    /// `ssh-key` 0.6 cannot read an ECDSA number that begins with a zero byte.
    #[error(
        "it is an ECDSA key that is damaged or cannot be checked; use an Ed25519 key (`ssh-keygen -t ed25519`)"
    )]
    Ecdsa,
    /// It is cut off or damaged.
    #[error("it is cut off or damaged: {0}")]
    Damaged(String),
    /// It is too large for Cloud KMS.
    #[error(transparent)]
    TooLong(#[from] plan::SecretTooLong),
}

const BEGIN: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END: &str = "-----END OPENSSH PRIVATE KEY-----";

/// The key in a file with these bytes, as `ssh` reads it: line ends are made LF,
/// and what surrounds the key is left out.
///
/// # Errors
/// See [`InvalidSshKey`].
pub(crate) fn parse(bytes: &[u8]) -> Result<Secret, InvalidSshKey> {
    if bytes.len() > Secret::MAX_SIZE {
        let size = bytes.len();
        return Err(plan::SecretTooLong { size }.into());
    }
    let text = str::from_utf8(bytes).map_err(|_| InvalidSshKey::NotPrivate)?;
    let Some(start) = text.find(BEGIN) else {
        return Err(match text.contains("PRIVATE KEY-----") {
            true => InvalidSshKey::OtherFormat,
            false => InvalidSshKey::NotPrivate,
        });
    };
    let mut key = String::new();
    for line in text[start..].lines().map(str::trim) {
        key.push_str(line);
        key.push('\n');
        if line == END {
            break;
        }
    }
    let parsed = PrivateKey::from_openssh(&key).map_err(|error| match is_ecdsa(&key) {
        true => InvalidSshKey::Ecdsa,
        false => InvalidSshKey::Damaged(error.to_string()),
    })?;
    if parsed.is_encrypted() {
        return Err(InvalidSshKey::Passphrase);
    }
    let algorithm = parsed.algorithm();
    if matches!(
        algorithm,
        Algorithm::SkEcdsaSha2NistP256 | Algorithm::SkEd25519
    ) {
        return Err(InvalidSshKey::SecurityKey);
    }
    Ok(Secret::new(key.into_bytes())?)
}

fn is_ecdsa(key: &str) -> bool {
    let lines = key.lines().filter(|line| !line.starts_with("-----"));
    let body = BASE64_STANDARD.decode(lines.collect::<String>());
    let name = b"ecdsa-sha2-";
    body.is_ok_and(|body| body.windows(name.len()).any(|part| part == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by `ssh-keygen -t ed25519` for this test.
    const KEY: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\n\
        b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n\
        QyNTUxOQAAACAYi12x31Z7Fgu3NIy+D1ydi/f22efTXAwSuGFpUjxAvwAAAIiK2v4qitr+\n\
        KgAAAAtzc2gtZWQyNTUxOQAAACAYi12x31Z7Fgu3NIy+D1ydi/f22efTXAwSuGFpUjxAvw\n\
        AAAECjUbJs3k0ML4kb8z86vqZfQG7YVRxFDz0VB0l9yWF/fxiLXbHfVnsWC7c0jL4PXJ2L\n\
        9/bZ59NcDBK4YWlSPEC/AAAAAWMBAgME\n\
        -----END OPENSSH PRIVATE KEY-----\n";
    /// The same with a passphrase.
    const WITH_PASSPHRASE: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\n\
        b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABDgbSnUrV\n\
        WqDgF9eJ+2RIYwAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIJWPszFhL78ygRgQ\n\
        USWX7buNlK6SXIAvqnqs9wGF9WRmAAAAkIodPGMxF5hfvdxvbZtummrQEHS2ORS21MzWdP\n\
        p2AvT/+GVz27FQ2CTDNC/vfkVdJHPQfBu6k8C0lYAET1wsMWvaCYD/0QclCL2t4AXhpcTc\n\
        BESRtuLv7IzXwMd529eVHuDB/qwVEZVQ2wK2eWdyX+Y6IXX+eqnjgurjm5OWHjQ2F6L0cg\n\
        GCP2RjfCuoJXvq5Q==\n\
        -----END OPENSSH PRIVATE KEY-----\n";
    /// `ssh-keygen -t ecdsa -b 521`, whose number begins with a zero byte.
    const ECDSA: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\n\
        b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAArAAAABNlY2RzYS\n\
        1zaGEyLW5pc3RwNTIxAAAACG5pc3RwNTIxAAAAhQQBYge8ZnxXCSXTBFRG2OxU02N3Ft+2\n\
        rAEAE9BSR2JlXNtae3XBdVkuSMdFaJB3BucbTqqZbIAPOjkb+iR239mSScABw7fMqhsqWw\n\
        3sH0M/2KtGNUwqsdFFhBE69WRqQ2tvR83jMMPw8yXr2Fi8MFiMHI5Gj0qrnnzSpv6UnSQY\n\
        KBDwRqgAAAEIDVBfBA1QXwQAAAATZWNkc2Etc2hhMi1uaXN0cDUyMQAAAAhuaXN0cDUyMQ\n\
        AAAIUEAWIHvGZ8Vwkl0wRURtjsVNNjdxbftqwBABPQUkdiZVzbWnt1wXVZLkjHRWiQdwbn\n\
        G06qmWyADzo5G/okdt/ZkknAAcO3zKobKlsN7B9DP9irRjVMKrHRRYQROvVkakNrb0fN4z\n\
        DD8PMl69hYvDBYjByORo9Kq5580qb+lJ0kGCgQ8EaoAAAAQVGy6GWJB5LzPiHCFwpXzEOh\n\
        CajU+PN2FQWdsy+RYeRIKPPur2Sg6yufS5BlsqdXg0nRHeYgk6LmAL2K/Aoth7NhAAAAB3\n\
        Jvb3RAdm0BAgME\n\
        -----END OPENSSH PRIVATE KEY-----\n";

    fn sha256(text: &str) -> String {
        let secret = parse(text.as_bytes()).expect("a key");
        secret.sha256().to_owned()
    }

    #[test]
    fn what_is_harmless_is_normalized() {
        let plain = Secret::new(KEY.as_bytes().to_vec()).expect("short");
        for text in [
            KEY.to_owned(),
            KEY.replace('\n', "\r\n"),
            KEY.trim_end().to_owned(),
            format!("\u{feff}{KEY}"),
            format!("a comment\n{KEY}\n\n"),
            KEY.replace('\n', "  \n"),
        ] {
            assert_eq!(sha256(&text), plain.sha256(), "{text:?}");
        }
    }

    #[test]
    fn what_cannot_work_is_refused_with_the_reason() {
        let cut: String = KEY.chars().take(250).collect();
        let line_missing: Vec<&str> = KEY.lines().take(3).chain([END]).collect();
        let pem = KEY.replace("OPENSSH", "RSA");
        for (text, says) in [
            (WITH_PASSPHRASE, "a passphrase"),
            (&cut, "cut off or damaged"),
            (&line_missing.join("\n"), "cut off or damaged"),
            (&pem, "not in OpenSSH's own format"),
            (ECDSA, "use an Ed25519 key"),
            (
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me",
                "not a private SSH key",
            ),
            ("", "not a private SSH key"),
        ] {
            let error = parse(text.as_bytes()).expect_err("refused").to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
        let error = parse(b"\xff\xfe").expect_err("refused");
        assert_eq!(error, InvalidSshKey::NotPrivate);
    }

    #[test]
    fn a_key_on_a_hardware_token_is_refused() {
        use ssh_key::{LineEnding, private::SkEd25519, public};
        let point = public::Ed25519PublicKey([7; 32]);
        let on_token = public::SkEd25519::new(point, "ssh:");
        let private = SkEd25519::new(on_token, 1, vec![1; 8]).expect("a key");
        let key = PrivateKey::from(private);
        let text = key.to_openssh(LineEnding::LF).expect("encoded");
        let error = parse(text.as_bytes()).expect_err("refused");
        assert_eq!(error, InvalidSshKey::SecurityKey);
    }
}
