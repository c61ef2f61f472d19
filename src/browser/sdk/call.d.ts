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
    send(event: any): void;
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
