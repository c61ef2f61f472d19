import type { State, ToolCall, VoiceWorkflowEvents, VoiceWorkflowOptions, Workflow } from './types.d.ts';
/** @import { State, ToolCall, VoiceWorkflowEvents, VoiceWorkflowOptions, Workflow } from './types.d.ts' */
import { VoiceWorkflowError } from './network.js';
export { VoiceWorkflowError };
/** One voice conversation. The server decides. */
export declare class VoiceWorkflow extends EventTarget {
    #private;
    isMuted: boolean;
    /** In ms. The secret itself is not kept. */
    secretExpiresAt: number;
    /** @param {VoiceWorkflowOptions} options */
    constructor(options: VoiceWorkflowOptions);
    /** Resolves once sound can flow. @param {VoiceWorkflowOptions} options */
    static start(options: VoiceWorkflowOptions): Promise<VoiceWorkflow>;
    get state(): State;
    /** As the server last showed it. */
    get workflow(): Workflow | null;
    /** For statistics. @returns {RTCPeerConnection | undefined} */
    get connection(): RTCPeerConnection | undefined;
    /**
     * Listens; returns how to stop.
     * @template {keyof VoiceWorkflowEvents} Type
     * @param {Type} type @param {(detail: VoiceWorkflowEvents[Type]) => void} listener
     */
    on<Type extends keyof VoiceWorkflowEvents>(type: Type, listener: (detail: VoiceWorkflowEvents[Type]) => void): () => void;
    /** Resolves once sound can flow. */
    start(): Promise<void>;
    /** Harmless if it is over. */
    end(): Promise<Workflow | null>;
    mute(isMuted?: boolean): void;
    /** Agrees to a tool call. @param {string} callId @returns {Promise<ToolCall>} */
    approve(callId: string): Promise<ToolCall>;
    /** Refuses a tool call. @param {string} callId @returns {Promise<ToolCall>} */
    deny(callId: string): Promise<ToolCall>;
}
