//! Signed URLs, V4: instead of a token, the query has the signature of a service
//! account, whose permissions the request has.
//!
//! Source: Cloud Storage's documentation of signatures and canonical requests; the
//! errors are from reports of users, those that are `InvalidArgument` unverified.

use super::{error::error, object::hexadecimal};
use crate::{ApiError, Cloud, call::parse_query, iam::Principal};
use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use http::{Request, header};
use names::{Duration, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const ALGORITHM: &str = "GOOG4-RSA-SHA256";
/// Google's maximum for `X-Goog-Expires`: a week.
const MAX_SECONDS: u64 = 604_800;
/// How far ahead a signer's clock may be.
const SKEW: Duration = Duration::from_secs(15 * 60);

/// What is encoded in a canonical query.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

fn invalid(details: &str) -> ApiError {
    error(
        400,
        "InvalidArgument",
        "Invalid argument.",
        &[("Details", details)],
    )
}

/// The account that signed the URL of a request; `None` if it has no signature.
pub(super) fn authenticate(
    cloud: &Cloud,
    request: &Request<Bytes>,
    now: Timestamp,
) -> Option<Result<Principal, ApiError>> {
    let query = parse_query(request.uri().query().unwrap_or_default());
    let parameter = |name: &str| {
        let mut all = query.iter();
        let (_, value) = all.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(value.as_str())
    };
    let signature = parameter("x-goog-signature")?;
    Some(verify(cloud, request, &query, &parameter, signature, now))
}

fn verify<'q>(
    cloud: &Cloud,
    request: &Request<Bytes>,
    query: &[(String, String)],
    parameter: &dyn Fn(&str) -> Option<&'q str>,
    signature: &str,
    now: Timestamp,
) -> Result<Principal, ApiError> {
    let required =
        |name: &str| parameter(name).ok_or_else(|| invalid(&format!("The query has no {name}.")));
    if required("X-Goog-Algorithm")? != ALGORITHM {
        return Err(invalid(&format!("The algorithm must be {ALGORITHM}.")));
    }
    let date = required("X-Goog-Date")?;
    let signed = time(date).ok_or_else(|| invalid("X-Goog-Date is not an ISO 8601 basic time."))?;
    let credential = required("X-Goog-Credential")?;
    let (email, scope) = credential.split_once('/').unwrap_or_default();
    let parts: Vec<&str> = scope.split('/').collect();
    if !matches!(parts.as_slice(), [day, _, "storage", "goog4_request"] if date.starts_with(day)) {
        let form = "ACCOUNT/DATE/LOCATION/storage/goog4_request";
        return Err(invalid(&format!("X-Goog-Credential must be {form}.")));
    }
    let seconds = required("X-Goog-Expires")?.parse().ok();
    let seconds = seconds.filter(|seconds| (1..=MAX_SECONDS).contains(seconds));
    let seconds = seconds
        .ok_or_else(|| invalid(&format!("X-Goog-Expires must be from 1 to {MAX_SECONDS}.")))?;
    let expires = signed + Duration::from_secs(seconds);
    if now > expires {
        let at = expires.to_string().replace('Z', "+00:00");
        let details = format!("The provided token has expired. Request signature expired at: {at}");
        let details = [("Details", details.as_str())];
        return Err(error(400, "ExpiredToken", "Invalid argument.", &details));
    }
    if signed > now + SKEW {
        return Err(invalid("X-Goog-Date is in the future."));
    }
    let canonical = canonical_request(request, query, required("X-Goog-SignedHeaders")?)?;
    let digest = hexadecimal(digest(&SHA256, canonical.as_bytes()).as_ref());
    let message = format!("{ALGORITHM}\n{date}\n{scope}\n{digest}");
    let bytes = bytes(signature).unwrap_or_default();
    let is_enabled = cloud.iam.accounts.get(email).is_some_and(|it| !it.disabled);
    if is_enabled && cloud.iam.verifies(email, message.as_bytes(), &bytes, now) {
        return Ok(Principal::service_account(email));
    }
    let details = "The request signature we calculated does not match the signature you provided. \
                   Check your Google secret key and signing method.";
    Err(error(
        403,
        "SignatureDoesNotMatch",
        "Access denied.",
        &[
            ("Details", details),
            ("StringToSign", &message),
            ("CanonicalRequest", &canonical),
        ],
    ))
}

/// A time such as `20260131T235959Z`.
fn time(text: &str) -> Option<Timestamp> {
    let (day, rest) = text.split_once('T')?;
    let part = |text: &str, from: usize, to: usize| text.get(from..to).map(str::to_owned);
    let day = [part(day, 0, 4)?, part(day, 4, 6)?, part(day, 6, 8)?].join("-");
    let clock = [part(rest, 0, 2)?, part(rest, 2, 4)?, part(rest, 4, 6)?].join(":");
    let is_complete = text.len() == "20260131T235959Z".len() && text.ends_with('Z');
    is_complete
        .then_some(format!("{day}T{clock}Z"))?
        .parse()
        .ok()
}

/// What hexadecimal digits stand for.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let starts = (0..text.len()).step_by(2);
    starts
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}

/// A request in the form of which the digest is signed.
fn canonical_request(
    request: &Request<Bytes>,
    query: &[(String, String)],
    signed_headers: &str,
) -> Result<String, ApiError> {
    let encode = |text: &str| utf8_percent_encode(text, QUERY).to_string();
    let unsigned = query
        .iter()
        .filter(|(key, _)| !key.eq_ignore_ascii_case("x-goog-signature"));
    let mut pairs: Vec<(String, String)> = unsigned
        .map(|(key, value)| (encode(key), encode(value)))
        .collect();
    pairs.sort();
    let pairs = pairs.iter().map(|(key, value)| format!("{key}={value}"));
    let pairs: Vec<String> = pairs.collect();
    let mut headers = String::new();
    for name in signed_headers.split(';') {
        let value = header_value(request, name).ok_or_else(|| {
            let details = "Your request has a malformed header. Header was included in \
                           signedheaders, but not in the request.";
            let details = [("Details", details), ("ParameterName", name)];
            error(
                400,
                "MalformedSecurityHeader",
                "Invalid argument.",
                &details,
            )
        })?;
        headers.push_str(&format!("{name}:{value}\n"));
    }
    let payload = header_value(request, "x-goog-content-sha256");
    Ok([
        request.method().as_str(),
        request.uri().path(),
        &pairs.join("&"),
        &headers,
        signed_headers,
        payload.as_deref().unwrap_or("UNSIGNED-PAYLOAD"),
    ]
    .join("\n"))
}

/// The values of a header, without superfluous spaces.
fn header_value(request: &Request<Bytes>, name: &str) -> Option<String> {
    let values = request.headers().get_all(name).iter();
    let values = values.filter_map(|value| value.to_str().ok());
    let values: Vec<String> = values
        .map(|value| value.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    match values.is_empty() {
        false => Some(values.join(",")),
        // HTTP/2 has the host in the URI.
        true if name == header::HOST.as_str() => request.uri().authority().map(ToString::to_string),
        true => None,
    }
}
