//! Keys of service accounts. What is stored of a key is public; the private one
//! is in the answer to its creation only.

use super::credentials::email;
use crate::{
    ApiError, ApiResponse, Call, Cloud,
    api::orgpolicy::{NO_KEY_CREATION, NO_KEY_UPLOAD, check_key},
    base64_field,
    iam::{
        Account, AccountKey, Certificate, RequiredPermission, Resource, Signer, hash, self_signed,
    },
};
use base64::{Engine, prelude::BASE64_STANDARD};
use names::{Duration, Timestamp};
use serde_json::{Value, json};

/// Of user-managed keys of one account
/// (<https://cloud.google.com/iam/quotas>).
const MAX_KEYS: usize = 10;

/// How long a key that Google manages signs; unverified.
const SYSTEM_KEY_LIFETIME: Duration = Duration::from_secs(2 * 365 * 86_400);

/// Keys have no policies: that of their account applies.
pub(super) fn required(
    call: &Call,
    permission: &'static str,
) -> Result<Vec<RequiredPermission>, ApiError> {
    let account = Resource::service_account(call.path("project"), call.path("account"));
    Ok(vec![RequiredPermission::new(permission, account)])
}

/// Address and account of a call.
fn account(cloud: &Cloud, call: &Call) -> Result<(String, Account), ApiError> {
    let email = email(cloud, call)?;
    let account = cloud.iam.accounts.get(&email).cloned();
    let account = account.ok_or_else(|| ApiError::not_found("Unknown service account"))?;
    Ok((email, account))
}

fn row_key(account: &Account, id: &str) -> String {
    format!("{}/{id}", account.unique_id)
}

fn name(account: &Account, email: &str, id: &str) -> String {
    format!("{}/keys/{id}", account_name(account, email))
}

fn user_key((email, account): (&str, &Account), id: &str, key: &AccountKey) -> Value {
    let der = key.certificate();
    let certificate = Certificate::read(&der).expect("it was read before it was stored");
    let origin = match key.is_uploaded {
        true => "USER_PROVIDED",
        false => "GOOGLE_PROVIDED",
    };
    let mut json = json!({
        "name": name(account, email, id),
        "keyAlgorithm": "KEY_ALG_RSA_2048",
        "keyOrigin": origin,
        "keyType": "USER_MANAGED",
        "validAfterTime": certificate.valid_after,
        "validBeforeTime": certificate.valid_before,
    });
    if key.is_disabled {
        json["disabled"] = true.into();
        json["disableReason"] = "SERVICE_ACCOUNT_KEY_DISABLE_REASON_USER_INITIATED".into();
    }
    json
}

/// The key that Google has for every account. Nobody else has its private half,
/// and nothing is signed with it here.
fn system_key(email: &str, account: &Account) -> Value {
    let part = |part: &str| hash(&[&account.unique_id, part]);
    let id = format!(
        "{:016x}{:016x}{:08x}",
        part("1"),
        part("2"),
        part("3") >> 32
    );
    let created = Timestamp::from_seconds(account.created.as_seconds());
    json!({
        "name": name(account, email, &id),
        "keyAlgorithm": "KEY_ALG_RSA_2048",
        "keyOrigin": "GOOGLE_PROVIDED",
        "keyType": "SYSTEM_MANAGED",
        "validAfterTime": created,
        "validBeforeTime": created + SYSTEM_KEY_LIFETIME,
    })
}

pub(super) fn list(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (email, account) = account(cloud, call)?;
    let asked: Vec<&str> = call
        .query
        .iter()
        .filter(|(name, value)| name == "keyTypes" && value != "KEY_TYPE_UNSPECIFIED")
        .map(|(_, value)| value.as_str())
        .collect();
    let keys = cloud.iam.keys_of(&account.unique_id);
    let keys = keys.map(|(id, key)| user_key((&email, &account), id, key));
    let keys = keys.chain([system_key(&email, &account)]);
    let keys = keys.filter(|key| {
        let kind = key["keyType"].as_str().unwrap_or_default();
        asked.is_empty() || asked.contains(&kind)
    });
    Ok(ApiResponse::Json(
        json!({ "keys": keys.collect::<Value>() }),
    ))
}

pub(super) fn get(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (email, account) = account(cloud, call)?;
    let system = system_key(&email, &account);
    if system["name"] == name(&account, &email, call.path("key")) {
        return Ok(ApiResponse::Json(system));
    }
    let key = existing(cloud, call, &account)?;
    let mut json = user_key((&email, &account), call.path("key"), key);
    let der = key.certificate();
    let data = match call.query("publicKeyType") {
        Some("TYPE_X509_PEM_FILE") => Some(pem("CERTIFICATE", &der)),
        Some("TYPE_RAW_PUBLIC_KEY") => {
            Certificate::read(&der).map(|c| pem("PUBLIC KEY", c.public_key))
        }
        Some(_) | None => None,
    };
    if let Some(data) = data {
        json["publicKeyData"] = BASE64_STANDARD.encode(data).into();
    }
    Ok(ApiResponse::Json(json))
}

fn existing<'a>(
    cloud: &'a Cloud,
    call: &Call,
    account: &Account,
) -> Result<&'a AccountKey, ApiError> {
    let id = call.path("key");
    let key = cloud.iam.account_keys.get(&row_key(account, id));
    key.ok_or_else(|| unknown(id))
}

/// The message is unverified.
fn unknown(id: &str) -> ApiError {
    ApiError::not_found(format!("Service account key {id} does not exist."))
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let mut lines = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        lines.push_str(&String::from_utf8_lossy(line));
        lines.push('\n');
    }
    lines + &format!("-----END {label}-----\n")
}

/// Stores a new key; returns its ID and how it is shown.
fn store(
    cloud: &mut Cloud,
    (email, account): (&str, &Account),
    key: AccountKey,
) -> Result<(String, Value), ApiError> {
    let der = key.certificate();
    let read = Certificate::read(&der);
    // The message is unverified.
    let read = read.ok_or_else(|| ApiError::invalid("Invalid public key."))?;
    let id = read.key_id();
    if cloud.iam.keys_of(&account.unique_id).count() >= MAX_KEYS {
        return Err(ApiError::failed_precondition("Precondition check failed."));
    }
    let json = user_key((email, account), &id, &key);
    let row_key = row_key(account, &id);
    if cloud.iam.account_keys.contains(&row_key) {
        // The message is unverified.
        let message = format!("Service account key {id} already exists.");
        return Err(ApiError::already_exists(message));
    }
    cloud.iam.account_keys.insert(row_key, key);
    Ok((id, json))
}

fn account_name(account: &Account, email: &str) -> String {
    format!("projects/{}/serviceAccounts/{email}", account.project)
}

pub(super) fn create(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (email, account) = account(cloud, call)?;
    let refusal = "Key creation is not allowed on this service account.";
    check_key(
        cloud,
        &account_name(&account, &email),
        &NO_KEY_CREATION,
        refusal,
    )?;
    let asked = |field: &str| call.body[field].as_str().unwrap_or_default();
    for (field, other) in [
        ("keyAlgorithm", "KEY_ALG_RSA_1024"),
        ("privateKeyType", "TYPE_PKCS12_FILE"),
    ] {
        if asked(field) == other {
            let message = format!("{field} {other} is not simulated.");
            return Err(ApiError::unimplemented(message));
        }
    }
    let failed = |_| ApiError::unavailable("The key cannot be encoded.");
    let private = Signer::generate().to_pkcs8().map_err(failed)?;
    let certificate = self_signed(&private, &account.unique_id, call.now);
    let certificate =
        certificate.map_err(|_| ApiError::unavailable("The key cannot be certified."))?;
    let key = AccountKey::new(&certificate, false);
    let (id, mut json) = store(cloud, (&email, &account), key)?;
    let file = json!({
        "type": "service_account",
        "project_id": account.project,
        "private_key_id": id,
        "private_key": pem("PRIVATE KEY", &private),
        "client_email": email,
        "client_id": account.unique_id,
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": super::oauth::AUDIENCE,
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "client_x509_cert_url": format!(
            "https://www.googleapis.com/robot/v1/metadata/x509/{}", email.replace('@', "%40")
        ),
        "universe_domain": "googleapis.com",
    });
    json["privateKeyData"] = BASE64_STANDARD.encode(format!("{file:#}\n")).into();
    json["privateKeyType"] = "TYPE_GOOGLE_CREDENTIALS_FILE".into();
    Ok(ApiResponse::Json(json))
}

pub(super) fn upload(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (email, account) = account(cloud, call)?;
    let name = account_name(&account, &email);
    let refusal = format!(
        "Constraint `constraints/{}` violated for service account {name} attempting to upload \
         public key.",
        NO_KEY_UPLOAD.name
    );
    check_key(cloud, &name, &NO_KEY_UPLOAD, &refusal)?;
    let data = call.body["publicKeyData"].as_str().unwrap_or_default();
    let text = base64_field::decode(data).and_then(|pem| String::from_utf8(pem).ok());
    let der = text.and_then(|text| {
        let (_, rest) = text.split_once("-----BEGIN CERTIFICATE-----")?;
        let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
        base64_field::decode(&body.split_whitespace().collect::<String>())
    });
    let key = AccountKey::new(&der.unwrap_or_default(), true);
    let (_, json) = store(cloud, (&email, &account), key)?;
    Ok(ApiResponse::Json(json))
}

pub(super) fn delete(cloud: &mut Cloud, call: &Call) -> Result<ApiResponse, ApiError> {
    let (_, account) = account(cloud, call)?;
    let id = call.path("key");
    let removed = cloud.iam.account_keys.remove(&row_key(&account, id));
    removed.ok_or_else(|| unknown(id))?;
    Ok(ApiResponse::Json(json!({})))
}

pub(super) fn set_disabled(
    cloud: &mut Cloud,
    call: &Call,
    disabled: bool,
) -> Result<ApiResponse, ApiError> {
    let (_, account) = account(cloud, call)?;
    let id = call.path("key");
    let key = cloud.iam.account_keys.get_mut(&row_key(&account, id));
    key.ok_or_else(|| unknown(id))?.is_disabled = disabled;
    Ok(ApiResponse::Json(json!({})))
}
