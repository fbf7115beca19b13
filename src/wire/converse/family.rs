//! Whose model it is, by its name: what one maker's models take, Bedrock refuses for another's.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Claude,
    Nova,
    Openai,
    /// Another maker's, or an ARN that does not say whose.
    Unknown,
}

impl Family {
    /// The name is that of a model, of an inference profile, or an ARN of one of these.
    pub(super) fn of(model: &str) -> Self {
        let makers =
            [("anthropic.", Self::Claude), ("amazon.nova", Self::Nova), ("openai.", Self::Openai)];
        let is_named = |maker: &&(&str, Self)| {
            let before = model.find(maker.0).map(|at| &model[..at]);
            before.is_some_and(|before| before.is_empty() || before.ends_with(['.', '/']))
        };
        makers.iter().find(is_named).map_or(Self::Unknown, |maker| maker.1)
    }

    /// It can be told which part of a request comes again.
    pub(super) fn takes_cache_points(self) -> bool {
        match self {
            Self::Claude | Self::Nova => true,
            Self::Openai | Self::Unknown => false,
        }
    }

    /// The tools may be such a part.
    pub(super) fn takes_cache_point_of_tools(self) -> bool {
        self == Self::Claude
    }

    /// An outcome may be marked as an error.
    pub(super) fn takes_status(self) -> bool {
        match self {
            Self::Claude | Self::Nova => true,
            Self::Openai | Self::Unknown => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makers_are_told_by_names_of_every_kind() {
        for (model, expected) in [
            ("anthropic.claude-opus-5-5", Family::Claude),
            ("us.anthropic.claude-haiku-4-5-20251001-v1:0", Family::Claude),
            ("us-gov.anthropic.claude-sonnet-5", Family::Claude),
            ("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-lite-v1:0", Family::Nova),
            (
                "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-pro-v1:0",
                Family::Nova,
            ),
            ("openai.gpt-oss-120b-1:0", Family::Openai),
            ("mistral.mistral-large-2407-v1:0", Family::Unknown),
            ("notopenai.x", Family::Unknown),
            (
                "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123",
                Family::Unknown,
            ),
            ("", Family::Unknown),
        ] {
            assert_eq!(Family::of(model), expected, "{model}");
        }
    }
}
