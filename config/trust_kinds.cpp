// The closed vocabularies of trust.
#include "config/choice.hpp"
#include "config/identity_kinds.hpp"

namespace causeway::config {

template struct Choice<bool>;
template struct Choice<PaiIn>;
template struct Choice<StirIn>;
template struct Choice<OrigFrom>;
template struct Choice<OnFail>;
template struct Choice<AttestLevel>;
template struct Choice<PaiOut>;
template struct Choice<StirOut>;
template struct Choice<Mky>;
template struct Choice<IdpBinding>;
template struct Choice<UnlistedNumber>;
template struct Choice<OnMissing>;

Choice<bool> trust_kind() {
    return Choice<bool>({{"trusted", true}, {"untrusted", false}});
}
Optional<PaiIn> pai_in_kind() {
    return Optional<PaiIn>(Choice<PaiIn>({{"accept", PaiIn::accept}, {"ignore", PaiIn::ignore}}));
}
Choice<StirIn> stir_in_kind() {
    return Choice<StirIn>(
        {{"ignore", StirIn::ignore}, {"verify", StirIn::verify}, {"require", StirIn::require}});
}
Optional<OrigFrom> orig_from_kind() {
    return Optional<OrigFrom>(Choice<OrigFrom>({{"from", OrigFrom::from}, {"pai", OrigFrom::pai}}));
}
Choice<OnFail> on_fail_kind() {
    return Choice<OnFail>({{"tag", OnFail::tag}, {"reject", OnFail::reject}});
}
Choice<AttestLevel> attest_kind() {
    return Choice<AttestLevel>({{"A", AttestLevel::a}, {"B", AttestLevel::b}, {"C", AttestLevel::c}});
}
Choice<AttestLevel> least_attest_kind() {
    auto kind = attest_kind();
    kind.words.emplace_back("network", AttestLevel::network);
    return kind;
}
Optional<PaiOut> pai_out_kind() {
    return Optional<PaiOut>(Choice<PaiOut>({{"send", PaiOut::send}, {"never", PaiOut::never}}));
}
Choice<StirOut> stir_out_kind() {
    return Choice<StirOut>({{"none", StirOut::none}, {"base", StirOut::base}, {"shaken", StirOut::shaken}});
}
Choice<Mky> mky_kind() {
    return Choice<Mky>({{"auto", Mky::automatic}, {"never", Mky::never}});
}
Choice<IdpBinding> binding_kind() {
    return Choice<IdpBinding>({{"contents", IdpBinding::contents},
                               {"oidc-nonce", IdpBinding::oidc_nonce},
                               {"dpop", IdpBinding::dpop},
                               {"introspection", IdpBinding::introspection}});
}
Choice<std::string> algorithm_kind() {
    // RFC 8725 §3.1: never `none`, and no shared secret of a provider (HS256).
    return Choice<std::string>(
        {{"ES256", "ES256"}, {"ES384", "ES384"}, {"RS256", "RS256"}, {"PS256", "PS256"}, {"EdDSA", "EdDSA"}});
}
Choice<UnlistedNumber> unlisted_number_kind() {
    return Choice<UnlistedNumber>({{"reject", UnlistedNumber::reject},
                                   {"default_number", UnlistedNumber::default_number},
                                   {"attest_b", UnlistedNumber::attest_b}});
}
Choice<OnMissing> on_missing_kind() {
    return Choice<OnMissing>({{"reject", OnMissing::reject}, {"session", OnMissing::session}});
}

}  // namespace causeway::config
