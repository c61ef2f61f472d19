export declare class Call {
    #private;
    connection: RTCPeerConnection;
    hungUp: any;
    constructor({ tracks, player, signal, onError, onLost, onEvent }: {
        onError: any;
        onEvent: any;
        onLost: any;
        player: any;
        signal: any;
        tracks: any;
    });
    get isAlive(): boolean;
    dial(url: any, secret: any): Promise<any>;
    connected(): Promise<void>;
    send(event: any): void;
    close(): void;
}
export declare function channelReader({ send, run, onCaption, onArguments }: {
    onArguments: any;
    onCaption: any;
    run: any;
    send: any;
}): ({ type, item, item_id: id, delta, transcript, text }: {
    delta: any;
    item: any;
    item_id: any;
    text: any;
    transcript: any;
    type: any;
}) => void;
export declare function openMicrophone(wishes: any): Promise<MediaStreamTrack[]>;
