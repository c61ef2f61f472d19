using SessionGrains.Grains.Definitions;
using SessionGrains.Grains.Tests.Workflows;
using SessionGrains.Grains.ToolCalls;
using SessionGrains.Tools.Running;
using Xunit;
using static SessionGrains.Grains.Tests.ToolCalls.ACall;

namespace SessionGrains.Grains.Tests.ToolCalls;

/// <summary>Who may agree to what, and until when.</summary>
public sealed class ApprovalRulesTests
{
    [Fact]
    public void The_users_approval_is_the_owners_alone_and_an_operators_an_operators()
    {
        Assert.IsType<Verdict.Approved>(Judge(Begun(approval: Approval.User), Owner, true));
        Assert.IsType<Verdict.Approved>(Judge(Begun(approval: Approval.Operator), Operator, true));
        Assert.Equal("approval.user", Forbidden(Judge(Begun(approval: Approval.User), Operator, true)));
        Assert.Equal("approval.operator", Forbidden(Judge(Begun(approval: Approval.Operator), Owner, true)));
    }

    [Fact]
    public void An_owner_who_is_an_operator_too_may_agree_as_either()
    {
        var both = new Approver(A.Ada, IsOperator: true);

        Assert.IsType<Verdict.Approved>(Judge(Begun(approval: Approval.User), both, true));
        Assert.IsType<Verdict.Approved>(Judge(Begun(approval: Approval.Operator), both, true));
    }

    [Fact]
    public void An_operator_who_decided_is_named_and_of_the_user_only_that_it_was_the_user()
    {
        Assert.Equal("operator eve", Assert.IsType<Verdict.Approved>(Judge(Begun(approval: Approval.Operator), Operator, true)).Next.DecidedBy);
        Assert.Equal("user", Assert.IsType<Verdict.Denied>(Judge(Begun(approval: Approval.User), Owner, false)).Next.DecidedBy);
    }

    [Fact]
    public void A_decision_about_other_arguments_is_none() => Assert.Equal(
        RefusalCode.ToolCallConflict,
        Code(Approvals.Judge(Begun(approval: Approval.User), Owner, true, "sha256:other", A.Noon)));

    [Fact]
    public void A_repeat_is_harmless_and_the_opposite_comes_too_late()
    {
        Assert.IsType<Verdict.Stands>(Judge(Approved(), Owner, true));
        Assert.IsType<Verdict.Stands>(Judge(ToolCallRules.Finish(Approved(), new ToolResult.Completed("", false), A.Noon), Owner, true));
        Assert.Equal(RefusalCode.ToolCallConflict, Code(Judge(Approved(), Owner, false)));

        Assert.IsType<Verdict.Stands>(Judge(Denied(), Owner, false));
        Assert.Equal(RefusalCode.ToolCallConflict, Code(Judge(Denied(), Owner, true)));
    }

    [Fact]
    public void After_two_minutes_it_is_denied_and_nobody_can_agree_any_more()
    {
        var pending = Begun(approval: Approval.User);

        Assert.False(Approvals.IsOverdue(pending, A.Noon + A.Seconds(119)));
        Assert.True(Approvals.IsOverdue(pending, A.Noon + A.Seconds(120)));
        Assert.Equal(RefusalCode.ToolCallConflict, Code(Judge(pending, Owner, true, 120)));
        Assert.Equal(ToolCallStage.Denied, Assert.IsType<Verdict.Denied>(Judge(pending, Owner, false, 120)).Next.Stage);

        var expired = Approvals.Expire(pending, A.Noon + A.Seconds(120));
        Assert.Equal((ToolCallStage.Denied, "Nobody agreed in time."), (expired.Stage, expired.Error!));
        Assert.IsType<Verdict.Stands>(Judge(expired, Owner, false, 130));
        Assert.Equal(RefusalCode.ToolCallConflict, Code(Judge(expired, Owner, true, 130)));
    }

    [Fact]
    public void A_call_that_needs_nobody_cannot_be_decided() => Assert.Equal(RefusalCode.ToolCallConflict, Code(Judge(Begun(), Owner, false)));

    [Fact]
    public void Where_no_call_is_nothing_can_be_decided() => Assert.Equal(RefusalCode.NotFound, Code(Judge(ToolCallState.None, Operator, true)));

    private static RefusalCode Code(Verdict verdict) => Assert.IsType<Verdict.Refused>(verdict).Refusal.Code;

    private static string Forbidden(Verdict verdict)
    {
        Assert.Equal(RefusalCode.Forbidden, Code(verdict));
        return ((Verdict.Refused)verdict).Refusal.Faults.Single().Where;
    }
}
