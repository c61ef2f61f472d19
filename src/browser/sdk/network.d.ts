/** `code` is stable, `message` is a sentence for a person. */
export declare class VoiceWorkflowError extends Error {
    code: string;
    status: number;
    /** For a developer. */
    detail: string | undefined;
    traceId: string | undefined;
    /** In seconds. */
    retryAfter: number;
    /** @param {string} code @param {import('./types.d.ts').ErrorDetails} [more] */
    constructor(code: string, more?: import('./types.d.ts').ErrorDetails);
    /** Whether it may work a little later. */
    get isTemporary(): boolean;
}
export declare const timer: (ms: any, signal: any) => Promise<any>;
export declare const pause: (ms: any, signal: any) => Promise<any>;
export declare const backoff: (failures: any, error: any) => number;
export declare function insist(act: any, tries: any, signal: any, may?: (error: any) => any): Promise<any>;
export declare class Api {
    #private;
    path: string;
    constructor(endpoint: any, token: any);
    ask(path: any, body: any, tries?: number, headers?: {}): Promise<any>;
    lastWords(): void;
    follow(onEvent: any, onBreak: any, signal: any): Promise<void>;
}
export declare class Call {
    #private;
    connection: RTCPeerConnection;
    hungUp: any;
    reader: any;
    constructor({ tracks, player, signal, reader, onError, onLost }: {
        onError: any;
        onLost: any;
        player: any;
        reader: any;
        signal: any;
        tracks: any;
    });
    get isAlive(): boolean;
    dial(url: any, secret: any): Promise<any>;
    connected(): Promise<void>;
    send(event: any): boolean;
    close(): void;
}
export declare function channelReader({ send, isHeld, run, onCaption, onCall }: {
    isHeld: any;
    onCall: any;
    onCaption: any;
    run: any;
    send: any;
}): {
    hear: ({ type, item, item_id: id, delta, transcript, text }: {
        delta: any;
        item: any;
        item_id: any;
        text: any;
        transcript: any;
        type: any;
    }) => void;
    settle: () => Promise<void>;
};
export declare function openMicrophone(wishes: any): Promise<MediaStreamTrack[]>;
