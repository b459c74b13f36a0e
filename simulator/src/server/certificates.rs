//! The certificate authority of a local cloud. Its key exists in this process
//! only: who trusts its certificate trusts nothing once the process has ended.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use std::{fmt, sync::Arc};
use tokio_rustls::rustls::{
    self, ServerConfig,
    crypto::aws_lc_rs::default_provider,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// Issues a certificate for each of Google's names.
pub(super) struct CertificateAuthority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    /// The key of all certificates that it issues.
    key: KeyPair,
}

impl fmt::Debug for CertificateAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateAuthority")
            .finish_non_exhaustive()
    }
}

/// Why a name has no certificate.
#[derive(Debug, thiserror::Error)]
pub(super) enum CertificateError {
    /// It cannot stand in a certificate.
    #[error(transparent)]
    Issue(#[from] rcgen::Error),
    /// It cannot be served.
    #[error(transparent)]
    Serve(#[from] rustls::Error),
}

impl CertificateAuthority {
    pub(super) fn new() -> Result<Self, CertificateError> {
        let mut params = params(CertificateParams::default(), "groundcrew local cloud");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Ok(Self {
            issuer: CertifiedIssuer::self_signed(params, KeyPair::generate()?)?,
            key: KeyPair::generate()?,
        })
    }

    /// The certificate of the authority itself.
    pub(super) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// What a TLS server needs that speaks as `name`.
    pub(super) fn server_config(&self, name: &str) -> Result<Arc<ServerConfig>, CertificateError> {
        let mut params = params(CertificateParams::new([name.to_owned()])?, name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // Python's `ssl` demands it since 3.13.
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&self.key, &self.issuer)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

fn params(mut params: CertificateParams, common_name: &str) -> CertificateParams {
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2049, 12, 31);
    params
}
